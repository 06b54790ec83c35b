"""Send Haiku's message requests to Z.AI when FORCE_HAIKU_TO_ZAI=1; leave everything else alone.

    mitmdump -s addons/haiku_glm_router.py

docs/router.md has the settings.  The Claude credential never goes to Z.AI and Z.AI's key never to
Anthropic; whatever is not clear, or goes wrong in here, goes to Anthropic untouched.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import message_body
import message_log
import router_settings
import zai_request
from mitmproxy import ctx, http
from mitmproxy.net.http.url import hostport
from router_settings import ANTHROPIC, ControlFile, Settings
from row_writer import say


class Router:
    """Decides per request, and rewrites what goes to Z.AI."""

    name = "haiku_glm_router"

    def __init__(self, log: message_log.MessageLog) -> None:
        self.log = log
        self.control = ControlFile(Path("router.control"))
        self.settings: Settings | None = None

    def load(self, loader: Any) -> None:
        """Declare the options; the environment gives their start values."""
        start = router_settings.start_values()
        for name, (_, text) in router_settings.OPTIONS.items():
            loader.add_option(name, str, start[name], text)

    def configure(self, updated: set[str]) -> None:
        """Take up changed options at the next request."""
        beside = Path(ctx.options.usage_log).with_name("router.control")
        self.control = ControlFile(Path(ctx.options.router_control or beside))
        self.settings = None

    def current(self) -> Settings:
        """Return the settings in force: options, and the control file on top."""
        changed = self.control.changed()
        if changed or self.settings is None:
            values = {name: getattr(ctx.options, name) for name in router_settings.OPTIONS}
            made = router_settings.read(values | self.control.values)
            if self.control.problem:
                made = made._replace(problem=self.control.problem)
            self.settings = made
        return self.settings

    def request(self, flow: http.HTTPFlow) -> None:
        """Decide where a message request goes, and send it there."""
        try:
            request = self.log.begin(flow)
            if request is None or not _is_anthropic(flow):
                return
            settings = self.current()
            request.force_haiku = settings.force_haiku
            request.decision = decide(request, settings)
            if request.decision in ("forced_model", "forced_class"):
                self._to_zai(flow, request, settings)
        except Exception as wrong:
            # Nothing of the flow has been changed before the last steps of _to_zai, which cannot fail.
            place = _place(wrong)
            self._stay(flow, "router-error", f"{type(wrong).__name__} at {place}", "please report it")

    def _to_zai(self, flow: http.HTTPFlow, request: message_log.Request, settings: Settings) -> None:
        if settings.problem:
            return self._stay(flow, "unreadable-setting", settings.problem, "correct it")
        key = router_settings.api_key()
        if key is None:
            advice = "put it in .env or use `make mitm OFFLOAD=false`"
            return self._stay(flow, "no-zai-key", "offload is on but ZAI_API_KEY is not set", advice)
        assert request.text is not None and request.model is not None
        parsed = request.parsed or message_body.parse(request.text)
        if parsed.get("model") != request.model:
            raise ValueError("the body has two models")
        model = zai_request.model_for(request.model, settings)
        content = zai_request.body(parsed, model, settings.max_tokens)
        fields = zai_request.headers(flow.request.headers.fields, key, settings.header_mode)
        query = flow.request.path.partition("?")[2]
        path = f"{settings.upstream.path}{message_log.MESSAGES}{'?' + query if query else ''}"

        request.lane, request.routed_model, request.header_mode = "zai", model, settings.header_mode
        sent = flow.request
        sent.headers = http.Headers(fields)
        sent.raw_content = content
        sent.headers["content-length"] = str(len(content))
        sent.scheme, sent.host, sent.port = settings.upstream[:3]
        if not sent.is_http2:
            sent.headers.insert(0, "host", hostport(*settings.upstream[:3]))
        sent.path = path

    def _stay(self, flow: http.HTTPFlow, word: str, what: str, advice: str) -> None:
        """Leave the request on Anthropic, with a row and a line that say why."""
        request = self.log.under_way.get(flow.id)
        if request is not None:
            request.lane, request.decision = "anthropic", word.replace("-", "_")
            request.routed_model = request.header_mode = None
        self.log.anomaly(word, what, "claude")
        say(f"{what}; this request went to Anthropic untouched; {advice}")


def decide(request: message_log.Request, settings: Settings) -> str:
    """Return the reason for a message request's lane; `forced_…` means Z.AI.

    The log has already told probes and Haiku apart: its word is `quota_probe`, `off` or `kept`.
    """
    if request.decision == "quota_probe":
        return "quota_probe"
    if request.text is None or request.model is None:
        return "malformed"
    is_haiku = "haiku" in request.model.lower()
    by_model = is_haiku and settings.force_haiku
    by_class = _class_is_routed(request, settings)
    if by_model or by_class:
        if settings.paused:
            return "paused"
        return "forced_model" if by_model else "forced_class"
    return "off" if is_haiku else "kept"


def _class_is_routed(request: message_log.Request, settings: Settings) -> bool:
    if not settings.route_classes:
        return False
    model = (request.model or "").lower()
    if any(never in model for never in settings.route_never):
        return False
    named = {request.row["request_class"], request.row["subagent_id"], request.row["agent_type"]}
    return bool(named & settings.route_classes)


def _is_anthropic(flow: http.HTTPFlow) -> bool:
    return flow.request.pretty_host == ANTHROPIC and flow.request.scheme == "https"


def _place(wrong: BaseException) -> str:
    trace = wrong.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


addons = message_log.addons_for(message_log.shared(), Router(message_log.shared()))
