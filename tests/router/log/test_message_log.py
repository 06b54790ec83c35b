"""One row a message request, however it ended, and nothing that goes wrong here stops a request."""

from __future__ import annotations

import asyncio
import json

from mitmproxy import flow as flows
from mitmproxy import http
from mitmproxy.test import taddons, tflow

from tracker.router.log import message_log
from tracker.router.log.message_log import MessageLog, guarded

HAIKU = b'{"model":"claude-haiku-5-5","max_tokens":9,"messages":[]}'
PROBE = b'{"model":"claude-haiku-4-5","max_tokens":1,"messages":[{"role":"user","content":"quota"}]}'


def asked(body=HAIKU, path="/v1/messages"):
    return tflow.tflow(req=http.Request.make("POST", f"https://api.anthropic.com{path}", body))


def logged(tmp_path, story, **options):
    """Return the rows and the anomalies of a story told with (log, context)."""
    log = MessageLog()

    async def run():
        with taddons.context(log) as context:
            context.configure(log, usage_log=str(tmp_path / "usage.jsonl"), **options)
            story(log, context)
            log.done()

    asyncio.run(run())
    files = (tmp_path / name for name in ("usage.jsonl", "anomalies.jsonl"))
    return [
        [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        for path in files
    ]


def test_a_whole_reply_is_a_row_with_its_tokens(tmp_path):
    def story(log, context):
        flow = asked()
        log.request(flow)
        flow.response = http.Response.make(
            200, b'{"usage":{"input_tokens":3,"output_tokens":2}}', {"content-type": "application/json"}
        )
        log.responseheaders(flow)
        log.response(flow)

    [row], anomalies = logged(tmp_path, story)
    assert (row["status"], row["prompt_tokens"], row["completion_tokens"], row["op"]) == (
        200,
        3,
        2,
        "nonstream",
    )
    assert anomalies == []


def test_a_stream_passes_as_it_comes_and_is_counted(tmp_path):
    def story(log, context):
        flow = asked()
        log.request(flow)
        flow.response = http.Response.make(200, b"", {"content-type": "text/event-stream"})
        flow.response.raw_content = None
        log.responseheaders(flow)
        assert flow.response.stream(b"data: x\n\n") == b"data: x\n\n"
        log.response(flow)

    [row], _ = logged(tmp_path, story)
    assert (row["op"], row["response_bytes"], row["err_type"]) == ("stream", 9, "truncated")


def test_what_is_no_message_has_no_row_and_a_request_has_one_however_often_it_is_seen(tmp_path):
    def story(log, context):
        log.request(asked(path="/v1/messages/count_tokens"))
        flow = asked(PROBE)
        assert log.begin(flow) is log.begin(flow)
        flow.error = flows.Error("connection reset")
        log.error(flow)
        log.error(flow)

    [row], _ = logged(tmp_path, story)
    assert (row["decision"], row["status"], row["err_type"]) == ("quota_probe", None, "net")


def test_a_request_that_the_end_cuts_off_and_one_that_is_refused_have_their_rows(tmp_path):
    def story(log, context):
        log.refused(413, "too large", asked())
        log.refused(400, "no request line", None)
        log.request(asked())

    rows, anomalies = logged(tmp_path, story)
    assert [(row["decision"], row["status"], row["err_type"]) for row in rows] == [
        ("malformed", 413, "4xx"),
        ("off", None, "net"),
    ]
    assert [one["detail"] for one in anomalies] == ["413: too large", "400: no request line"]


def test_a_hook_that_fails_is_recorded_and_the_request_passes(tmp_path, capsys):
    class Careless(MessageLog):
        @guarded
        def request(self, flow):
            raise KeyError("what a body says must not be told")

    def story(log, context):
        careless = Careless()
        careless._anomalies = log._anomalies
        careless.request(asked())

    _, [anomaly] = logged(tmp_path, story)
    assert anomaly["anomaly"] == "router-error" and anomaly["detail"].startswith("KeyError at ")
    assert "must not be told" not in anomaly["detail"] + capsys.readouterr().err


def test_a_size_that_is_no_number_is_said_and_options_that_print_keys_stay_off(tmp_path, capsys):
    def story(log, context):
        context.options.add_option("flow_detail", int, 3, "")
        context.options.add_option("proxy_debug", bool, True, "")
        log.configure({"usage_log_max_mb"})
        assert (context.options.flow_detail, context.options.proxy_debug) == (1, False)

    logged(tmp_path, story, usage_log_max_mb="much")
    said = capsys.readouterr().err
    assert "no number of megabytes" in said and said.count("would print credentials") == 2


def test_an_addon_is_loaded_once_into_a_chain():
    log = MessageLog()

    async def run():
        with taddons.context(log):
            return message_log.addons_for(MessageLog())

    assert asyncio.run(run()) == [] and message_log.shared() is message_log.shared()
