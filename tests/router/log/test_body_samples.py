"""Samples of bodies: off until asked for, cut, readable by their owner alone, and without a secret."""

from __future__ import annotations

import asyncio
import json
import stat

import pytest
from mitmproxy import http
from mitmproxy.test import taddons, tflow

from tracker.router.log import body_samples
from tracker.router.log.body_samples import BodySampleTee
from tracker.router.log.message_log import MessageLog


@pytest.mark.parametrize(
    "secret",
    [
        *("sk-ant-oat01-made-up", "Bearer abc.def", "0123456789abcdef0123456789abcdef.MadeUpKey0000000"),
        *(
            "jo.made-up@example.org",
            "0d0d0d0d-1111-4222-8333-abcdef0d0d0d",
            "0e" * 32,
            "ghp_madeup0123456789",
        ),
        *('"password": "hunter2"', "api_key=hunter2", "AKIAMADEUP0123456789", "xoxb-made-up-0123"),
    ],
)
def test_what_may_be_a_secret_is_taken_out_and_the_sentence_around_it_stays(secret):
    text = body_samples.redact(f"before {secret} after")
    assert text.startswith("before ") and text.endswith(" after") and "[redacted]" in text
    assert "hunter2" not in text and secret not in text


def test_the_lanes_own_key_is_taken_out_whatever_it_looks_like(monkeypatch):
    monkeypatch.setenv("ZAI_API_KEY", "plain words")
    assert body_samples.redact("these plain words") == "these [redacted]"


def samples(tmp_path, switch: str, body: bytes) -> list[dict]:
    log = MessageLog()
    tee = BodySampleTee(log)

    async def run():
        with taddons.context(log, tee) as context:
            context.configure(log, usage_log=str(tmp_path / "usage.jsonl"))
            context.configure(tee, enable_body_tee=switch)
            tee.request(
                tflow.tflow(req=http.Request.make("POST", "https://api.anthropic.com/v1/messages", body))
            )
            tee.request(tflow.tflow(req=http.Request.make("GET", "https://api.anthropic.com/api/hello")))
            tee.done()

    asyncio.run(run())
    path = tmp_path / "body-samples.jsonl"
    if not path.exists():
        return []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_message_is_sampled_once_it_is_asked_for_and_cut(tmp_path):
    body = b'{"model":"claude-haiku-5-5","x":"jo@example.org","y":"' + b"z" * 100_000 + b'"}'
    [row] = samples(tmp_path, "1", body)
    assert row["kind"] == "body_sample" and row["model"] == "claude-haiku-5-5"
    assert len(row["body"]) == body_samples.MAX_SAMPLE and "jo@" not in row["body"]
    assert row["request_bytes"] == len(body)


def test_nothing_is_kept_while_it_is_off(tmp_path):
    assert samples(tmp_path, "0", b'{"model":"m"}') == []
