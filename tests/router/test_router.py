"""The router in a real mitmdump: which lane, what goes there, what is logged."""

from __future__ import annotations

import gzip
import io
import json

import brotli
import pytest
import zstandard

from conftest import ROOT
from lanes import (
    KEY,
    LOGIN,
    ROUTER,
    ask,
    mitmdump,
    request,
    running,
)
from tracker import jsonl, rows

ADDONS = ROOT / "addons"

pytestmark = pytest.mark.router


def test_haiku_goes_to_zai_with_zais_key_and_nothing_of_the_clients(lanes, proxy):
    got = ask(proxy, request("claude-haiku-4-5-20251001"))
    assert got.status == 200
    assert not lanes.anthropic.arrived
    [sent] = lanes.zai.arrived
    assert sent.target == "/api/anthropic/v1/messages?beta=true"
    assert sent.json["model"] == "glm-4.5-air"
    assert sent.headers["x-api-key"] == KEY
    assert sent.headers["host"] == "api.z.ai"
    assert sent.headers["anthropic-beta"] == "claude-code-20250219,interleaved-thinking-2025-05-14"
    assert not {"authorization", "cookie", "x-claude-code-session-id"} & sent.headers.keys()
    assert LOGIN.encode() not in sent.head + sent.body


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"claude-opus-5-5,claude-haiku-4-5","messages":[]}',
        b'{"model":"claude-opus-5-5\\nhaiku","messages":[]}',
        b'{"model":"claude-sonnet-5-5-haiku","messages":[]}',
        b'{"model":"claude-opus-5-5","model":"claude-haiku-4-5","messages":[]}',
        b'{"mod\\u0065l":"claude-opus-5-5","model":"claude-haiku-4-5","messages":[]}',
        b'{"model":"claude-haiku-4-5","mod\\u0065l":"claude-opus-5-5","messages":[]}',
        b'{"model":["claude-haiku-4-5"],"messages":[]}',
        b'{"Model":"claude-haiku-4-5","model":"claude-opus-5-5","messages":[]}',
        '{"model":"claude-h\u0430iku-4-5","messages":[]}'.encode(),
    ],
)
def test_what_is_disguised_as_haiku_goes_to_anthropic_byte_for_byte(lanes, proxy, body):
    ask(proxy, request(None, body))
    assert [one.body for one in lanes.anthropic.arrived] == [body] and not lanes.zai.arrived


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2"])
def test_other_models_go_to_anthropic_byte_for_byte(lanes, proxy, model):
    sent = request(model, None, "X-Odd-CASE: kept")
    ask(proxy, sent)
    [arrived] = lanes.anthropic.arrived
    assert arrived.head + b"\r\n\r\n" + arrived.body == sent
    assert not lanes.zai.arrived
    assert KEY.encode() not in arrived.head
    [row] = proxy.usage(1)
    assert (row["lane"], row["decision"]) == ("anthropic", "kept")


def test_a_row_is_what_rows_py_says(lanes, proxy):
    ask(proxy, request())
    ask(proxy, request("claude-sonnet-5-5", stream=True))
    proxy.usage(2)
    text = (proxy.folder / "logs" / "usage.jsonl").read_bytes()
    *_, routed, kept = (row for row, _ in jsonl.read_as(rows.Usage, io.BytesIO(text)))
    assert (routed.lane, routed.decision, routed.upstream) == ("zai", "forced_model", "zai")
    assert (routed.routed_model, routed.header_mode, routed.backend_provider) == (
        "glm-4.5-air",
        "x-api-key",
        "glm",
    )
    assert (routed.prompt_tokens, routed.completion_tokens, routed.cache_read_tokens) == (11, 3, 5)
    assert routed.session_id == "11111111-2222-4333-8444-555555555555"
    assert routed.force_haiku is True and routed.h2 is False and routed.err_type is None
    assert (kept.lane, kept.op, kept.completion_tokens) == ("anthropic", "stream", 9)
    assert 0 < kept.ttfb_ms <= kept.latency_ms
    assert set(json.loads(text.splitlines()[0])) <= set(rows.Usage.__struct_fields__) | {"kind"}


def test_a_stream_reaches_the_client_event_by_event(lanes, proxy):
    import asyncio

    from lanes import END, SSE_HEAD, START, chunk, delta

    async def slowly(arrived, writer):
        writer.write(SSE_HEAD + b"\r\n" + chunk(START))
        for word in ("one", "two", "three"):
            await asyncio.sleep(0.2)
            writer.write(chunk(delta(word)))
        writer.write(chunk(END) + b"0\r\n\r\n")

    for provider, model in ((lanes.zai, "claude-haiku-4-5"), (lanes.anthropic, "claude-sonnet-5-5")):
        provider.answer = slowly
        got = ask(proxy, request(model, stream=True))
        seen = [at for at, piece in got.pieces if b"delta" in piece]
        assert seen[-1] - seen[0] > 0.35
        assert got.body == START + b"".join(map(delta, ("one", "two", "three"))) + END


def test_force_off_is_the_default_and_keeps_haiku_on_anthropic(lanes, tmp_path):
    with running(lanes, tmp_path, FORCE_HAIKU_TO_ZAI="0") as proxy:
        lanes.forget()
        sent = request()
        ask(proxy, sent)
        [arrived] = lanes.anthropic.arrived
        assert arrived.head + b"\r\n\r\n" + arrived.body == sent
        assert proxy.usage(1)[0]["decision"] == "off"


def test_without_a_key_haiku_stays_on_anthropic_and_the_person_hears_of_it(lanes, tmp_path):
    with running(lanes, tmp_path, ZAI_API_KEY="") as proxy:
        lanes.forget()
        sent = request()
        assert ask(proxy, sent).status == 200
        [arrived] = lanes.anthropic.arrived
        assert arrived.head + b"\r\n\r\n" + arrived.body == sent
        [row] = proxy.usage(1)
        assert (row["lane"], row["decision"]) == ("anthropic", "no_zai_key")
        [anomaly] = proxy.anomalies(1)
        assert anomaly["anomaly"] == "no-zai-key"
        assert proxy.printed.count("ZAI_API_KEY is not set") == 1


def test_the_quota_probe_stays_on_anthropic(lanes, proxy):
    probe = request(
        body={
            "model": "claude-haiku-4-5",
            "max_tokens": 1,
            "messages": [{"role": "user", "content": "quota"}],
        }
    )
    ask(proxy, probe)
    assert len(lanes.anthropic.arrived) == 1 and not lanes.zai.arrived
    assert proxy.usage(1)[0]["decision"] == "quota_probe"


@pytest.mark.parametrize(
    "name, pack",
    [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress), ("br", brotli.compress)],
)
def test_packed_bodies_are_read(lanes, proxy, name, pack):
    body = pack(json.dumps({"model": "claude-haiku-4-5", "max_tokens": 5, "messages": []}).encode())
    ask(proxy, request(None, body, f"Content-Encoding: {name}"))
    [sent] = lanes.zai.arrived
    assert sent.json["model"] == "glm-4.5-air"
    assert "content-encoding" not in sent.headers


def test_body_samples_are_off_until_asked_for_and_hold_no_secret(lanes, tmp_path):
    chain = mitmdump(ADDONS / "log_only_messages.py", ADDONS / "body_sample_tee.py", ROUTER)
    secrets = [
        "sk-ant-api03-abcdefghijkl",
        "jo.doe@example.org",
        "0123456789abcdef0123456789abcdef.Zz12345678",
    ]
    body = {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": " ".join(secrets)}]}
    with running(lanes, tmp_path / "off", command=chain) as proxy:
        ask(proxy, request(body=body))
        proxy.usage(1)
        assert not (proxy.folder / "logs" / "body-samples.jsonl").exists()
    with running(lanes, tmp_path / "on", command=chain, ENABLE_BODY_TEE="1") as proxy:
        ask(proxy, request(body=body))
        proxy.usage(1)
    path = proxy.folder / "logs" / "body-samples.jsonl"
    assert "claude-haiku-4-5" in path.read_text()
    assert not [secret for secret in secrets if secret in path.read_text()]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_chain_of_all_addons_logs_each_request_once(lanes, tmp_path):
    chain = mitmdump(ADDONS / "log_only_messages.py", ADDONS / "body_sample_tee.py", ROUTER)
    with running(lanes, tmp_path, command=chain) as proxy:
        lanes.forget()
        ask(proxy, request())
        ask(proxy, request("claude-sonnet-5-5"))
        assert [row["lane"] for row in proxy.usage(2)] == ["zai", "anthropic"]
        assert len(lanes.zai.arrived) == 1


def test_the_log_alone_routes_nothing(lanes, tmp_path):
    with running(lanes, tmp_path, command=mitmdump(ADDONS / "log_only_messages.py")) as proxy:
        lanes.forget()
        ask(proxy, request())
        assert len(lanes.anthropic.arrived) == 1
        assert proxy.usage(1)[0]["decision"] == "off"
