"""A mitmproxy of our own: the parts that a router needs, and no others.

mitmdump asks some thirty addons at every step of every request; this master has seven.  Nothing of
mitmproxy is changed.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from tracker.router import import_mitmproxy  # isort: skip  # noqa: F401  before what it makes cheap
from mitmproxy import exceptions, http, master, options
from mitmproxy.addons import core, errorcheck, next_layer, tlsconfig
from mitmproxy.net.http.url import hostport

from tracker import env_file, places
from tracker.router import decide, mitm, router_settings
from tracker.router.log import body_samples, message_log
from tracker.router.router_settings import is_on
from tracker.router.ways import tunnel

DEFAULT_PORT = "8082"


class CannotStart(Exception):
    """The proxy cannot start; `setting` tells whether a setting is to blame."""

    def __init__(self, text: str, setting: bool = True) -> None:
        super().__init__(text)
        self.setting = setting


class RouterMaster(master.Master):
    """mitmproxy with the router in it."""

    def __init__(self, opts: options.Options, with_tee: bool, from_env_file: frozenset[str]) -> None:
        super().__init__(opts)
        log = message_log.shared()
        router = self.router = LoggingRouter(log, from_env_file)
        tee = [body_samples.BodySampleTee(log)] if with_tee else []
        # Samples are taken from mitmproxy's own flows, so its own layers read the clients then.
        layers = [] if with_tee else [tunnel.ClientLayers(router)]
        mitm.add_addons(
            self,
            Together(
                core.Core(),
                mitm.new_proxyserver(),
                *layers,
                next_layer.NextLayer(),
                tlsconfig.TlsConfig(),
                *tee,
                router,
                errorcheck.ErrorCheck(),
            ),
        )


class Together:
    """Addons as one: mitmproxy makes one call of an event for all of them, not one for each."""

    name = "together"

    def __init__(self, *addons: object) -> None:
        self.addons = addons


class LoggingRouter(decide.Router):
    """The router and the log as one addon, for the same reason."""

    opens_itself = False

    def load(self, loader: Any) -> None:
        """Declare the options of both."""
        self.log.load(loader)
        super().load(loader)

    def configure(self, updated: set[str]) -> None:
        """Take up changed options."""
        self.log.configure(updated)
        super().configure(updated)

    def running(self) -> None:
        """Say where the proxy listens, for the next program."""
        super().running()
        address = mitm.addon("proxyserver").listen_addrs()[0]
        made = {"kind": "listening", "port": address[1], "url": f"http://{hostport('', *address[:2])}"}
        sys.stdout.write(json.dumps(made) + "\n")
        sys.stdout.flush()

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Begin to count."""
        self.log.responseheaders(flow)
        super().responseheaders(flow)

    def response(self, flow: http.HTTPFlow) -> None:
        """Write the row."""
        self.log.response(flow)
        super().response(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Write the row."""
        self.log.error(flow)
        super().error(flow)

    def done(self) -> None:
        """Write what is left, close what is open."""
        self.log.done()
        super().done()


def serve(port: int | None, host: str, mode: str, settings: list[str]) -> None:
    """Run the proxy until it is told to stop; raise CannotStart when it cannot begin."""
    from_env_file = env_file.take(places.find("env").path, router_settings.is_ours)
    # Of mitmproxy's own words only warnings: each line that it logs is an event for every addon.
    logging.basicConfig(level=logging.WARNING, format="router: %(message)s")
    try:
        asked = int(port if port is not None else os.environ.get("MITM_PORT") or DEFAULT_PORT)
        if not 0 <= asked < 65536:
            raise ValueError
    except ValueError:
        name = "MITM_PORT" if port is None else "--port"
        raise CannotStart(f"{name} is no port; set it to a number such as {DEFAULT_PORT}") from None
    runner = asyncio.Runner(loop_factory=_loop_factory())
    # What is there now stays: the collector need not look at it again.  What requests leave behind is
    # little, so it is looked for often; by default the memory grows for ten thousand requests first.
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 5, 5)
    with runner:
        runner.run(_serve(asked, host, mode, settings, from_env_file))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's factory where it is there and agrees with the interpreter, else None."""
    try:
        import uvloop
    except ImportError:
        return None
    # mitmproxy 12 has tasks begin eagerly.  uvloop says `eager_start` to the factory that does so, which
    # the asyncio of Python 3.12 and of the first 3.13s does not take.
    eager = getattr(asyncio, "eager_task_factory", None)
    if eager is not None and "eager_start" not in inspect.signature(eager).parameters:
        return None
    return uvloop.new_event_loop


def _try_port(host: str, port: int) -> None:
    """Raise CannotStart when a port is taken; bound, and not listened on, lest somebody take this for the router."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError as wrong:
        text = f"cannot listen on {host}:{port} ({wrong.strerror}); end what is there, or name another --port"
        raise CannotStart(text, setting=False) from None


def check(settings: list[str]) -> str:
    """Return in words where Haiku would go and what says so; raise CannotStart when it is to go and cannot."""
    from_env_file = env_file.take(places.find("env").path, router_settings.is_ours)

    async def look() -> str:
        made = _made(options.Options(), settings, from_env_file).router
        if missing := made.missing_key():
            raise CannotStart(missing)
        return made.told()

    return asyncio.run(look())


async def _serve(port: int, host: str, mode: str, settings: list[str], from_env_file: frozenset[str]) -> None:
    opts = options.Options()
    mitm.set_options(opts, listen_host=host, listen_port=port, mode=[mode])
    made = _made(opts, settings, from_env_file)
    _try_port(host, port)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, made.shutdown)
    await made.run()
    # What is still open is cut off now; Python 3.11 has a traceback for every connection.
    loop.set_exception_handler(lambda loop, context: None)


def _made(opts: options.Options, settings: list[str], from_env_file: frozenset[str]) -> RouterMaster:
    """Return the proxy with its settings taken in; raise CannotStart when one of them is refused."""
    made = RouterMaster(opts, is_on("MITM_FILTER_CHAIN") or is_on("ENABLE_BODY_TEE"), from_env_file)
    try:
        # No dial to a provider before a request asks for it; only Anthropic's API is opened.
        mitm.set_options(opts, connection_strategy="lazy", upstream_cert=False)
        anthropic = re.escape(opts.anthropic_host.partition(":")[0])
        mitm.set_options(opts, allow_hosts=[rf"^{anthropic}:"])
        mitm.set_options(
            opts, usage_log=opts.usage_log, router_control=opts.router_control
        )  # so that they are looked at
        opts.set(*settings)
        if refusal := made.router.refusal():
            raise CannotStart(refusal)
        made.router.open()
    except exceptions.OptionsError as wrong:
        raise CannotStart(f"{wrong}; see docs/router.md") from None
    return made
