"""Ask a client that is installed here, and wait for one line of its answer."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence

ENDS_BY_ITSELF = 3.0  # seconds that a client has for its files once it has answered


def patience() -> float:
    """Return how long a client may take, seconds: METER_SECONDS, default 20."""
    try:
        return float(os.environ.get("METER_SECONDS") or 20)
    except ValueError:
        return 20.0


def answer(
    command: Sequence[str], sign: bytes, question: bytes = b"", without: Sequence[str] = ()
) -> list[bytes]:
    """Return the lines that a program printed until one held `sign`; [] when none did.

    It runs in an empty folder and a process group of its own, without the variables in `without`;
    its stdin stays open until it has answered, and what is left of it then is ended.
    """
    env: Mapping[str, str] = {name: value for name, value in os.environ.items() if name not in without}
    with tempfile.TemporaryDirectory() as folder:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if question else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=env,
                start_new_session=True,
            )
        except OSError:
            return []
        try:
            if process.stdin:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(question)
                    process.stdin.flush()
            lines = _lines(process, sign, time.monotonic() + patience())
        finally:
            _end(process)
    return lines if any(sign in line for line in lines) else []


def _lines(process: subprocess.Popen[bytes], sign: bytes, until: float) -> list[bytes]:
    assert process.stdout is not None
    text = b""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0 and ready.select(left):
            piece = os.read(process.stdout.fileno(), 1 << 16)
            text += piece
            # A print of several lines is whole when the program ends; one answer when its line does.
            if not piece or (process.stdin and any(sign in line for line in text.split(b"\n")[:-1])):
                break
    return text.splitlines()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDS_BY_ITSELF)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDS_BY_ITSELF)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()
