"""Send Haiku's message requests to the offload lane when FORCE_HAIKU_TO_ZAI=1; leave everything else alone.

docs/router.md has the settings.  The Claude credential never goes to another lane and a lane's key never to
Anthropic; whatever is not clear, or goes wrong in here, goes to Anthropic untouched.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mitmproxy import ctx, http
from mitmproxy.connection import Client
from mitmproxy.net.http.url import hostport
from mitmproxy.proxy import mode_specs
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from tracker import cli, lanes
from tracker.router import by_quota, dialects, mitm, router_settings, state_file
from tracker.router.lanes import request as lane_request
from tracker.router.lanes.offload import LaneState, Offload, OffloadRequest
from tracker.router.log import message_body, message_log
from tracker.router.log.body_samples import BodySampleTee
from tracker.router.log.message_request import MESSAGES, Request, rate_limits
from tracker.router.log.row_writer import place, say
from tracker.router.router_settings import ControlFile, Settings
from tracker.router.ways import access, watch
from tracker.router.ways.delivery import Delivery, Fetch, FlowWatcher
from tracker.router.ways.error_replies import error_response
from tracker.router.ways.flows import FlowReplies
from tracker.router.ways.turns import LARGE
from tracker.router.ways.upstreams import Upstreams, anthropic_fetch
from tracker.router.wire.upstream_pool import Target, Via

GOES = ("forced_model", "forced_class", "quota", "quota_class")  # decisions that mean another lane
SAID_AT_START = ("option", "environment")  # what wins over a control file that was left there
# Modes in which the client says whom it wants.
NAMED = mode_specs.RegularMode | mode_specs.UpstreamMode | mode_specs.Socks5Mode
_BAD_VALUE = re.compile(rb"\0|\r(?!\n[ \t])")  # a folded value is none
_OURS = "proxy-authorization"  # what a proxy reads and nobody behind it may (RFC 9110, 11.7.2)
COLLECT = 0.2  # seconds after a large request was sent, when mitmproxy has let go of it
STREAMED = "32m"  # a larger body is not kept by mitmproxy but passes as it comes


class Router:
    """Decides per request, and has those for another lane fetched from there."""

    name = "haiku_glm_router"
    opens_itself = True  # as the options are final when mitmdump loads it

    def __init__(self, log: message_log.MessageLog, from_env_file: frozenset[str] = frozenset()) -> None:
        self.log = log
        self.from_env_file = from_env_file  # variables that .env set; no one said them at this start
        self.start: dict[str, str] = {}
        self.control = ControlFile(Path("router.control"))
        self.settings: Settings | None = None
        self.pseudonym = router_settings.pseudonym()
        self.states: dict[str, LaneState] = {}  # by lane
        self.quotas = by_quota.QuotaWatch()
        self.offloads_until: float | None = None  # epoch seconds: a mark was passed, until this reset
        self.in_force = ""
        self.started = False
        self.state_file: Path | None = None
        self.access = access.Access()
        self.hosts: frozenset[str] = frozenset()
        self.upstreams = Upstreams()
        self.replies = FlowReplies(log)

    def load(self, loader: Any) -> None:
        """Declare the options; the environment gives their start values."""
        mitm.give_back_large_blocks()
        mitm.encrypt_in_pieces()
        try:
            start, known = router_settings.start_values(), router_settings.options()
            self.start = start
        except cli.Stop as stop:
            raise refused(str(stop)) from None
        for name, (_, text) in known.items():
            loader.add_option(name, str, start[name], text)
        if router_settings.is_on("MITM_FORCE_H1"):
            mitm.set_options(http2=False)
        # mitmdump listens on every address of the machine unless it is told otherwise.
        if not ctx.options.listen_host:
            mitm.set_options(listen_host="127.0.0.1")
        if not ctx.options.stream_large_bodies:
            mitm.set_options(stream_large_bodies=STREAMED)
        port = os.environ.get("MITM_PORT", "")
        if port.isdecimal() and ctx.options.listen_port is None:
            mitm.set_options(listen_port=int(port))

    def configure(self, updated: set[str]) -> None:
        """Take up changed options at the next request."""
        beside = Path(ctx.options.usage_log).with_name("router.control")
        explicit = {name for name in router_settings.controlled() if self._said_by(name) in SAID_AT_START}
        if "offload_when" in explicit:  # it says when Haiku goes, so whether it goes at all
            explicit.add("force_haiku_to_zai")
        self.control = ControlFile(Path(ctx.options.router_control or beside), frozenset(explicit))
        self.settings = None
        if self.started and (refusal := self.refusal()):
            raise mitm.options_error(refusal)
        self.upstreams.configure(updated)
        if self.opens_itself and "confdir" in updated:
            self.open()

    def running(self) -> None:
        """Begin, or refuse to: a base URL that no lane owns would send prompts and a key to who knows whom."""
        if refusal := self.refusal():
            raise refused(refusal)
        self.started = True
        self._say_what_is_in_force()

    def _say_what_is_in_force(self) -> None:
        addresses = mitm.addon("proxyserver").listen_addrs()
        if addresses and self.settings is not None:
            self.state_file = state_file.path_beside(ctx.options.usage_log)
            held = self.control.held
            state_file.write(self.state_file, addresses[0][1], self.settings, self.offloads_until, held)

    def open(self) -> None:
        """Make what clients will need: the token of this installation, in mitmproxy's folder."""
        self.access.open(Path(ctx.options.confdir).expanduser())

    def refusal(self) -> str | None:
        """Return what must keep the router from running, in words; None when there is nothing."""
        options = ctx.options
        listens_at = {
            options.listen_host,
            *re.findall(r"@\[?([^\]@]*?)\]?:\d+$", "\n".join(options.mode), re.M),
        }
        if options.ssl_insecure:
            return "ssl_insecure would send prompts and a key to whoever answers; take it out"
        if not self.access.is_set and not all(lanes.is_loopback(host) for host in listens_at):
            return (
                f"listening on {', '.join(sorted(map(str, listens_at)))}, beyond this machine, needs a token that "
                f"clients must send; set {access.TOKEN_VARIABLE}, or listen on 127.0.0.1"
            )
        return self.current().refusal

    def current(self) -> Settings:
        """Return the settings in force: options, and the control file on top."""
        changed = self.control.changed()
        if changed or self.settings is None:
            values = {name: getattr(ctx.options, name) for name in router_settings.options()}
            made = router_settings.read(router_settings.with_control(values, self.control.values))
            if self.control.problem:
                made = made._replace(problem=self.control.problem)
            self.settings = made
            if made.rule != self.quotas.rule:
                self.quotas = by_quota.QuotaWatch(made.rule)
                self.offloads_until = None
            self.log.on_reply = None if made.rule is None else self._reply_seen
            self.hosts = access.hosts(made.anthropic, made.upstream, made.allow_hosts)
            self.in_force = self.offload_from()
            if self.started:
                self._say_what_is_in_force()
        return self.settings

    def _said_by(self, name: str) -> str:
        """Return what says a setting at the start: option, environment, .env or default."""
        if getattr(ctx.options, name) != self.start.get(name):
            return "option"
        if name.upper() in self.from_env_file:
            return ".env"
        return "environment" if os.environ.get(name.upper()) else "default"

    def offload_from(self) -> str:
        """Return in words which setting decides whether Haiku is offloaded, and where it stands."""
        settings = self.current()
        name, value = "force_haiku_to_zai", str(int(settings.force_haiku))
        if settings.paused and settings.force_haiku:
            name, value = "offload_paused", "1"
        elif settings.rule is not None and settings.force_haiku:
            name, value = "offload_when", settings.rule.text
        where = self.control.path.name if name in self.control.values else self._said_by(name)
        return f"{name.upper()}={value}, {where}"

    def told(self) -> str:
        """Return the state in one line: whether Haiku goes to the lane, and what says so."""
        settings = self.current()
        goes = str(int(settings.force_haiku and not settings.paused and settings.problem is None))
        why = settings.problem or self.offload_from()
        if goes == "1" and settings.rule is not None:
            back = ", ".join(f"{mark.quota} below {mark.back:g}" for mark in settings.rule.marks if mark.back)
            goes = f"above a mark only, back at {back + ' or at ' if back else ''}its reset"
        classes = ",".join(sorted(settings.route_classes))
        return f"Haiku to {settings.lane.words}: {goes} ({why})" + (f", and {classes}" if classes else "")

    def missing_key(self) -> str | None:
        """Return what to say when Haiku is to be offloaded and there is no key for it; None when all is there."""
        settings = self.current()
        wrong = router_settings.key_problem(settings.lane)
        if not settings.force_haiku or settings.paused or wrong is None:
            return None
        without = "FORCE_HAIKU_TO_ZAI=0" if settings.rule is None else "OFFLOAD_WHEN=off"
        return (
            f"{self.offload_from()}: Haiku is to go to {settings.lane.words}, but {wrong}; "
            f"put it in .env (.env.example shows how), or start with {without}"
        )

    def refuse_client(
        self, client: Client, place: tuple[str, int], credentials: bytes | None
    ) -> tuple[int, str] | None:
        """Return status and words for a client that may not be connected to a place; None when it may."""
        self.access.admit(client.id, credentials)
        self.current()  # whose hosts they are
        found = self.access.refusal(client.id, client.peername[0], place, self.hosts)
        if found is not None:
            self.log.anomaly(
                "connection-refused", f"{found[0]}: a client asked for a host or came without the token"
            )
        return found

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a tunnel that leads elsewhere, or is asked for by a stranger."""
        sent = flow.request
        credentials = sent.headers.get(_OURS, "").encode("utf-8", "replace")
        refusal = self.refuse_client(flow.client_conn, (sent.host, sent.port), credentials)
        if refusal is not None:
            flow.response = error_response(*refusal)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Refuse what is no request, or leads elsewhere; let large bodies of no interest pass as they come."""
        sent = flow.request
        credentials = sent.headers.pop(_OURS, "").encode("utf-8", "replace")
        refusal = None
        if found := why_malformed(sent):
            refusal = 400, f"the router cannot read this: {found}"
            self.log.refused(*refusal, None)
        elif sent.scheme == "http" or sent.authority:  # or a whole address, which needs no CONNECT before it
            refusal = self.refuse_client(flow.client_conn, (sent.host, sent.port), credentials)
        if refusal is None:
            return
        if sent.stream:  # more than is worth reading before the reply
            mitm.kill(flow)
        else:
            flow.response = error_response(*refusal)

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Open no connection but to the places of the list, whatever it is that asks mitmproxy for one."""
        mode, server = data.client.proxy_mode, data.server
        if server.address is None or not isinstance(mode, NAMED) or self.replies.is_own(server.address):
            return
        if isinstance(mode, mode_specs.UpstreamMode):
            return  # it is that proxy's; who asks for what through it was asked before
        refusal = self.refuse_client(data.client, server.address, None)
        if refusal is None and await access.leads_inside(*server.address, self.hosts):
            refusal = 403, f"{server.address[0]} is a name of this machine or its network"
            self.log.anomaly("connection-refused", "403: a public name that leads inside")
        if refusal is not None:
            server.error = refusal[1]

    async def request(self, flow: http.HTTPFlow) -> None:
        """Decide where a message request goes, and have it fetched."""
        try:
            if len(flow.request.raw_content or b"") > LARGE:
                mitm.give_back_small_blocks()
            request = self.log.begin(flow)
            if request is None or flow.response is not None or flow.error is not None:
                return
            settings = self.current()
            if not _is_anthropic(flow, settings):
                self.log.under_way.pop(flow.id, None)  # of another host: no row of Anthropic's
                return
            fetch = await self._routed(flow, request, settings)
            if fetch is not None:
                await self.replies.deliver(flow, request, fetch)
        except Exception as wrong:
            # The flow itself is changed in the delivery's last step alone.
            self._failed(flow, wrong)

    def warm(self, via: Via) -> None:
        """Begin to open the connection to Anthropic that a client's first request will need."""
        self.upstreams.pool.warm(Target("https", *self.current().anthropic, via))

    async def exchange(self, flow: http.HTTPFlow, delivery: Delivery) -> None:
        """Do the same for a request in a tunnel of our own, where whatever stays is fetched here too."""
        request = fetch = None
        flow.request.headers.pop(_OURS, None)
        try:
            request = self.log.begin(flow)
            if request is not None:
                fetch = await self._routed(flow, request, self.current())
        except Exception as wrong:
            self._failed(flow, wrong)
        if fetch is None:
            fetch = anthropic_fetch(self.upstreams.pool, flow, request, flow.request.host)
        delivery.entry, delivery.watcher = request, FlowWatcher(flow, request, self.log)
        await delivery.begin(fetch)

    async def _routed(self, flow: http.HTTPFlow, request: Request, settings: Settings) -> Fetch | None:
        """Decide; return how to fetch a request from another lane, None when it is to stay."""
        request.force_haiku = settings.force_haiku and not settings.paused
        request.offload_from = self.in_force
        state = self.states.setdefault(settings.lane.name, LaneState())
        is_passed = True
        if settings.rule is not None:
            is_passed = self._judged(flow, request, settings, settings.rule)
        request.decision = decide(request, settings, state.paused_until, is_passed)
        if request.decision == "lane_used_up":
            request.offload_from = f"{settings.lane.words} used up until {_clock(state.paused_until)}"
        if request.decision not in GOES:
            return None
        client = flow.client_conn
        if not self.access.is_trusted(client.id, client.peername, client.sockname):
            self._stay(
                flow,
                "no-proxy-token",
                "a client without the proxy token asked for the offload lane",
                "start it after `source scripts/sub-env.sh`",
            )
            return None
        return await self._offload(flow, request, settings, state)

    def _judged(self, flow: http.HTTPFlow, request: Request, settings: Settings, rule: by_quota.Rule) -> bool:
        """Say whether an account's quotas are above a mark; put into the row what is known of them."""
        request.account, now = by_quota.account_of(flow.request.headers.fields), time.time()
        is_passed = self.quotas.passed(request.account, now)
        if not is_passed and self.offloads_until is not None and self.offloads_until <= now:
            self._flipped(request.account, now)
        if not settings.paused and (settings.force_haiku or settings.route_classes):
            request.offload_when = rule.text
            request.force_haiku = settings.force_haiku and is_passed
            if settings.force_haiku:
                request.offload_from = f"{self.in_force}; {self.quotas.told(request.account, now)}"
        return is_passed

    def _reply_seen(self, request: Request, headers: http.Headers) -> None:
        """Take in the quotas that a reply of Anthropic's tells of."""
        now = time.time()
        if request.account is not None and self.quotas.saw(request.account, rate_limits(headers)[0], now):
            self._flipped(request.account, now)

    def _flipped(self, account: int, now: float) -> None:
        """Say that a mark was passed, or is no longer, to whoever reads the output or asks for the status."""
        self.offloads_until = until = self.quotas.until(account, now)
        is_on = f"on, at the latest until {_clock(until)}" if until is not None else "off again"
        say(
            f"{self.quotas.told(account, now)}: the offload to {self.current().lane.words} is {is_on} ({self.in_force})"
        )
        self._say_what_is_in_force()

    def _failed(self, flow: http.HTTPFlow, wrong: Exception) -> None:
        self._stay(flow, "router-error", f"{type(wrong).__name__} at {place(wrong)}", "please report it")

    async def _offload(
        self, flow: http.HTTPFlow, request: Request, settings: Settings, state: LaneState
    ) -> Fetch | None:
        """Return how to fetch a request from the lane; None when it must stay, which has then been said."""
        if settings.problem:
            self._stay(flow, "unreadable-setting", settings.problem, "correct it")
            return None
        lane = settings.lane
        key = router_settings.api_key(lane)
        if key is None:
            advice = "put it in .env, or start with FORCE_HAIKU_TO_ZAI=0"
            self._stay(
                flow, f"no-{lane.name}-key", f"offload is on but {router_settings.key_problem(lane)}", advice
            )
            return None
        assert request.text is not None and request.model is not None
        try:
            members = message_body.members(request.text)
        except message_body.UnreadableBody:
            members = {}
        try:
            again = message_body.repeated(request.text, members)
        except message_body.UnreadableBody:
            members, again = {}, {}
        is_clear = "model" in members and members["model"].value == request.model
        if not is_clear or any(model != request.model for model in again.get("model", ())):
            request.decision = "malformed"  # no JSON, or two models
            return None
        upstream = settings.upstream
        model = lane_request.model_for(request.model, settings)
        dialect = dialects.named(lane.dialect)
        carry = functools.partial(
            lane_request.carried,
            list(flow.request.headers.fields),
            flow.request.path.partition("?")[2],
            members,
            model,
            settings.max_tokens or lane.most_tokens(model),
            dialect,
            settings.strip,
            self.pseudonym,
            again.get("metadata", ()),
        )
        try:
            # A large body takes seconds, in which others are served.
            carried = carry() if len(request.text) <= LARGE else await asyncio.to_thread(carry)
        except (message_body.UnreadableBody, RecursionError):
            request.decision = "malformed"  # a number or a depth that cannot be written again as it came
            return None
        request.more["dropped"] = carried.dropped
        path = f"{upstream.path}{MESSAGES}{'?' + carried.query if carried.query else ''}"
        host_field = (b"host", hostport(upstream.scheme, upstream.host, upstream.port).encode())
        sent = OffloadRequest(
            b"POST " + path.encode() + b" HTTP/1.1", [host_field, *carried.fields], carried.body
        )
        target = Target(upstream.scheme, upstream.host, upstream.port, flow.server_conn.via)
        if "stream" in members:
            request.wants_stream = members["stream"].value is True
        request.lane, request.routed_model = lane.name, model
        request.header_mode = state.header_mode or settings.header_mode
        fallback = None
        if settings.fallback or settings.rule is not None:
            fallback = anthropic_fetch(self.upstreams.pool, flow, request, settings.anthropic[0])
        return Offload(
            self.upstreams.pool, target, sent, key, settings, dialect, state, request, self.log, fallback
        ).run

    def _stay(self, flow: http.HTTPFlow, word: str, what: str, advice: str) -> None:
        """Leave the request on Anthropic, with a row and a line that say why."""
        request = self.log.under_way.get(flow.id)
        if request is not None:
            request.stays(word.replace("-", "_"))
        self.log.anomaly(word, what, "claude")
        say(f"{what}; this request went to Anthropic untouched; {advice}")

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Show the client's own request again to whoever looks at the flow, without a large body: it was sent."""
        self.replies.arrived(flow)
        request = self.log.under_way.get(flow.id)
        if request is not None and len(flow.request.raw_content or b"") > LARGE:
            flow.request.raw_content = None
            request.forget_text()
            self._collect()

    def error(self, flow: http.HTTPFlow) -> None:
        """Show the client's own request again to whoever looks at the flow."""
        self.replies.arrived(flow)
        self._ended(flow)

    def response(self, flow: http.HTTPFlow) -> None:
        """Give the relay's place free."""
        self._ended(flow)

    def _ended(self, flow: http.HTTPFlow) -> None:
        self.replies.ended(flow)
        if len(flow.request.raw_content or b"") > LARGE:
            self._collect()

    def _collect(self) -> None:
        # mitmproxy's layers hold one another, and what is large with them, until somebody looks for such circles.
        asyncio.get_running_loop().call_later(COLLECT, gc.collect)

    def client_disconnected(self, client: Any) -> None:
        """Stop fetching for a client that left."""
        self.replies.client_left(client.id)
        self.access.forget(client.id)

    def done(self) -> None:
        """Close what is open."""
        if self.state_file is not None:
            state_file.remove(self.state_file)
        self.replies.close()
        self.upstreams.close()


def why_malformed(sent: http.Request) -> str | None:
    """Return what is wrong with a request that mitmproxy has read; None when nothing is."""
    if sent.method == "PRI":
        return "no request line of HTTP/1.1"
    if any(_BAD_VALUE.search(value) for _, value in sent.headers.fields):
        return "a header field is malformed"
    if sum(name.lower() == b"host" for name, _ in sent.headers.fields) > 1:
        return "more than one host"
    return None


def refused(why: str) -> SystemExit:
    """Say why the router cannot start; return what ends the process with the status for that."""
    say(why)
    return SystemExit(cli.NO_SETTING)


def _clock(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M UTC")


def decide(request: Request, settings: Settings, paused_until: float = 0.0, is_passed: bool = True) -> str:
    """Return the reason for a message request's lane; one of GOES means another than Anthropic's.

    `paused_until`: epoch seconds, while the lane's own quota is used up.  `is_passed`: whether a mark of the rule is,
    if there is a rule.  The log has already told probes and Haiku apart: its word is `quota_probe`, `off` or `kept`.
    """
    if request.decision == "quota_probe":
        return "quota_probe"
    if request.text is None or request.model is None:
        return "malformed"
    is_haiku = lanes.is_haiku(request.model)
    by_model = is_haiku and settings.force_haiku
    by_class = _class_is_routed(request, settings)
    if not (by_model or by_class):
        return "off" if is_haiku else "kept"
    is_used_up = paused_until > time.time()
    if settings.paused or (is_used_up and settings.rule is None):
        return "paused"
    if settings.rule is None:
        return "forced_model" if by_model else "forced_class"
    if not is_passed:
        return "below_mark"
    if is_used_up:
        return "lane_used_up"
    return "quota" if by_model else "quota_class"


def _class_is_routed(request: Request, settings: Settings) -> bool:
    if not settings.route_classes:
        return False
    model = (request.model or "").lower()
    if any(never in model for never in settings.route_never):
        return False
    named = {request.row["request_class"], request.row["subagent_id"], request.row["agent_type"]}
    return bool(named & settings.route_classes)


def _is_anthropic(flow: http.HTTPFlow, settings: Settings) -> bool:
    sent = flow.request
    host, port = settings.anthropic
    # In transparent mode the host is an address, and the name stands in the Host header; elsewhere a client chose it.
    is_named = isinstance(flow.client_conn.proxy_mode, NAMED)
    name = sent.host if is_named or sent.host.lower() == host else sent.pretty_host
    return sent.port == port and name.lower().rstrip(".") == host and sent.scheme == "https"


def chain() -> list[Any]:
    """Return the addons of a plain mitmdump, less those that stand in its chain already."""
    log = message_log.shared()
    wanted: list[Any] = [log, Router(log), watch.Watch(log)]
    if router_settings.is_on("MITM_FILTER_CHAIN") or router_settings.is_on("ENABLE_BODY_TEE"):
        wanted.insert(1, BodySampleTee(log))
    return message_log.addons_for(*wanted)
