#!/usr/bin/env node
// Run a tool on the router's log under the field plans' name for it: verify-routing.js is `verify-routing`
// on logs/usage.jsonl (USAGE_LOG), or on the files named. The names are links to this file; Make needs no Node.
const path = require("path");
const { spawnSync } = require("child_process");
const tools = { "summarize-usage.js": "summarize", "verify-routing.js": "verify-routing" };
const tool = tools[path.basename(process.argv[1])];
const root = path.join(__dirname, "..", "..");
const given = process.argv.slice(2);
const log = process.env.USAGE_LOG || path.join(root, "logs", "usage.jsonl");
const ran = spawnSync(path.join(root, "bin", tool), given.length ? given : [log], { stdio: "inherit" });
process.exit(ran.status === null ? 1 : ran.status);
