"""Write a HOME with a month of Claude Code's transcripts: make_home.py FOLDER MEGABYTES.

In the shape of the client's own files: a reply in one to four lines, each with the usage so far, tool results
of a few kilobytes between them, subagents' files beside the session's.  Prints what it holds, to the token.
"""

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

WORDS = [
    "the",
    "router",
    "reads",
    "a",
    "line",
    "of",
    "the",
    "log",
    "and",
    "counts",
    "its",
    "tokens",
    "before",
    "the",
    "next",
    "reply",
    "begins",
]
START = datetime(2026, 10, 28, 8, tzinfo=UTC)
MODELS = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]


def text(luck: random.Random, size: int) -> str:
    return " ".join(luck.choices(WORDS, k=max(1, size // 5))) + '\n\tsaid "so"'


def main() -> None:
    """Write the files."""
    home, megabytes = Path(sys.argv[1]), int(sys.argv[2])
    luck = random.Random(20261128)
    pool = [text(luck, luck.choice((80, 400, 2000, 6000, 14000))) for _ in range(400)]
    left, session, replies, out = megabytes * 1_000_000, 0, 0, 0
    at = START
    while left > 0:
        session += 1
        folder = home / ".claude" / "projects" / f"-srv-app-{session % 9}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for _ in range(luck.randrange(200, 900)):
            at += timedelta(seconds=luck.expovariate(1 / 12))
            stamp = at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            head = {"parentUuid": f"u{replies}", "isSidechain": luck.random() < 0.3, "userType": "external",
                    "cwd": f"/srv/app-{session % 9}", "sessionId": f"s{session}", "version": "2.1.332",
                    "gitBranch": "main"}  # fmt: skip
            if head["isSidechain"]:
                head["agentId"] = f"a{session}"
            result = {"role": "user", "content": [{"type": "tool_result", "content": luck.choice(pool)}]}
            lines.append(head | {"type": "user", "message": result, "uuid": f"v{replies}", "timestamp": stamp,
                                 "toolUseResult": {"stdout": luck.choice(pool), "stderr": ""}})  # fmt: skip
            replies += 1
            total = luck.randrange(20, 900)
            out += total
            pieces, written = luck.choice((1, 1, 2, 3)), luck.randrange(3000)
            for piece in range(pieces):
                used = {"input_tokens": 7, "cache_creation_input_tokens": written,
                        "cache_read_input_tokens": 40_000, "cache_creation": {"ephemeral_5m_input_tokens": 0,
                        "ephemeral_1h_input_tokens": 0}, "output_tokens": total if piece == pieces - 1 else 3,
                        "service_tier": "standard"}  # fmt: skip
                message = {"id": f"msg_{replies}", "type": "message", "role": "assistant",
                           "model": MODELS[replies % 3], "content": [{"type": "text", "text": luck.choice(pool)[:3000]}],
                           "stop_reason": None, "usage": used}  # fmt: skip
                lines.append(head | {"message": message, "requestId": f"req_{replies}", "type": "assistant",
                                     "uuid": f"w{replies}-{piece}", "timestamp": stamp})  # fmt: skip
        made = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        (folder / f"{session:08x}.jsonl").write_text(made)
        left -= len(made)
    print(json.dumps({"replies": replies, "completion_tokens": out, "files": session}))


if __name__ == "__main__":
    main()
