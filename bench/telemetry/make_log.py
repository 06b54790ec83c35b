"""Write a usage log for the bench: make_log.py LINES FILE [CLAUDE_FILE]; prints what stands in it as JSON.

One line in a thousand is no usage row, in each of the ways that readers swallow.  CLAUDE_FILE gets
the same requests as Claude Code keeps them itself, which is the kind of file that ccusage reads.
"""

import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import usage_logs

lines, path = int(sys.argv[1]), Path(sys.argv[2])
chance = random.Random(5)
distinct = [usage_logs.line(row) for row in usage_logs.requests(min(lines, 100_000))]
spoilt = rows = 0
with path.open("wb") as file:
    for number in range(lines):
        raw = distinct[number % len(distinct)]
        if number % 1000 == 500:
            file.write(usage_logs.spoil(raw[:-1], chance) + b"\n")
            spoilt += 1
        else:
            file.write(raw)
            rows += 1
if len(sys.argv) > 3:
    claude = Path(sys.argv[3])
    claude.parent.mkdir(parents=True, exist_ok=True)
    kinds = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "cache_read_input_tokens": "cache_read_tokens",
        "cache_creation_input_tokens": "cache_creation_tokens",
    }
    with claude.open("w") as file:
        for number, row in enumerate(usage_logs.requests(min(lines, 100_000))):
            usage = {name: row[ours] or 0 for name, ours in kinds.items()}
            message = {"id": f"msg_{number}", "model": row["model"], "role": "assistant", "usage": usage}
            kept = {
                "type": "assistant",
                "timestamp": row["ts"][:23] + "Z",
                "sessionId": row["session_id"],
                "requestId": f"req_{number}",
                "version": "2.1.329",
                "cwd": "/work",
                "message": message | {"content": [{"type": "text", "text": "x" * 300}]},
            }
            file.write(json.dumps(kept, separators=(",", ":")) + "\n")
print(json.dumps({"lines": lines, "rows": rows, "refused": spoilt, "bytes": path.stat().st_size}))
