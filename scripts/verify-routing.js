#!/usr/bin/env node
// The field plans' name for `verify-routing`: reads logs/usage.jsonl, or the files named. Make needs no Node.
const path = require("path");
const { spawnSync } = require("child_process");
const root = path.join(__dirname, "..");
const given = process.argv.slice(2);
const log = process.env.USAGE_LOG || path.join(root, "logs", "usage.jsonl");
const ran = spawnSync(path.join(root, "bin", "verify-routing"), given.length ? given : [log], { stdio: "inherit" });
process.exit(ran.status === null ? 1 : ran.status);
