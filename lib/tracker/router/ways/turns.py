"""Large requests wait their turn: how many bytes of them the router holds at once is bounded.

A client whose turn has not come is not read from any further, and so waits in its own sending; requests of a
common size pass beside those that wait.  Whose request was sent on gives its place to the next, and who sends
nothing for a while keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

LARGE: Final = 4 * 1024 * 1024  # bytes of a body from which it waits its turn
MOST_HELD: Final = 32 * 1024 * 1024  # bytes of such bodies at once; one alone may be as large as any
SENDING: Final = (
    15.0  # seconds that a client may be silent before others need not wait for it; a loaded machine is slow
)
SENT: Final = 90.0  # seconds that cleaning and a provider may take for what is there whole
AGAIN: Final = 1.0  # seconds after which that is looked at anew


@dataclass
class _Held:
    size: int  # bytes
    until: float  # on the clock


class Turns:
    """The large requests that are held, and those that wait, in the order in which they came."""

    def __init__(self, most: int = MOST_HELD, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._held: dict[Hashable, _Held] = {}  # by who sends them
        self._waiting: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, who: Hashable, size: int, go_on: Callable[[], None]) -> bool:
        """Say whether a client may send so many bytes; if not now, it is told by `go_on`.  Ask with all that comes.

        >>> turns = Turns(10)
        >>> turns.ask("a", 8, print), turns.ask("b", 8, lambda: print("b may"))
        (True, False)
        >>> turns.leave("a")
        b may
        """
        if who not in self._held:
            self._waiting.setdefault(who, (size, go_on))
            self._admit(asking=who)
        if who not in self._held:
            return False
        self._held[who].until = self._clock() + SENDING
        return True

    def is_whole(self, who: Hashable) -> None:
        """Note that all of a client's request is there."""
        self._waiting.pop(who, None)
        if who in self._held:
            self._held[who].until = self._clock() + SENT

    def leave(self, who: Hashable) -> None:
        """Note that a client's bytes are no longer held, or will not come; the next may go on."""
        self._held.pop(who, None)
        self._waiting.pop(who, None)
        self._admit()

    def _admit(self, asking: Hashable = None) -> None:
        while self._waiting:
            who, (size, go_on) = next(iter(self._waiting.items()))
            now = self._clock()
            held = [one.size for one in self._held.values() if one.until > now]
            if held and sum(held) + size > self.most:
                self._look_again_later()
                return
            del self._waiting[who]
            self._held[who] = _Held(size, now + SENDING)
            if who != asking:
                go_on()

    def _look_again_later(self) -> None:
        if self._timer is None:
            with contextlib.suppress(RuntimeError):  # nothing runs
                self._timer = asyncio.get_running_loop().call_later(AGAIN, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._admit()
