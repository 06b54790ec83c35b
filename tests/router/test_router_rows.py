"""Rows reach their file in order, whether they are made at once or in the log's thread."""

from __future__ import annotations

import json
import subprocess

from conftest import ROOT
from lanes import MITMDUMP

LIB = ROOT / "lib"

# Runs where mitmproxy is.
WRITES = r"""
import pathlib, sys

from tracker.router.log import row_writer

writer = row_writer.RowWriter(pathlib.Path(sys.argv[1]))
writer.write({"n": 1, "text": "ü"})
writer.write(lambda: {"n": 2, "text": "half a pair: \ud83d"})
writer.write(lambda: None)
writer.write({"n": 3, "text": 'a "quote"'})
writer.close()
"""
COUNTS = r"""
from tracker.router.log import reply_tee

tee = reply_tee.ReplyTee("application/json", "")
reply = b'{"content":[{"text":"half a pair: \\ud83d"}],"usage":{"output_tokens":7}}'
assert tee(reply) == reply and tee(b"") == b""
tee.settle()
print(tee.bytes, tee.counts)
"""


def run(code: str, *args: object) -> str:
    command = [MITMDUMP.with_name("python"), "-c", code, *map(str, args)]
    return subprocess.run(command, cwd=LIB, check=True, capture_output=True, text=True).stdout


def test_rows_stand_in_the_order_in_which_they_were_given(tmp_path):
    log = tmp_path / "logs" / "usage.jsonl"
    run(WRITES, log)
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert rows == [
        {"n": 1, "text": "ü"},
        {"n": 2, "text": "half a pair: ?"},
        {"n": 3, "text": 'a "quote"'},
    ]


def test_the_tokens_of_a_whole_reply_are_counted_whatever_its_text_holds():
    assert run(COUNTS).split(" ", 1)[1] == "{'completion_tokens': 7}\n"
