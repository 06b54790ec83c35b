"""Large requests wait their turn, and nobody waits for one that does not go on."""

from __future__ import annotations

import asyncio

from tracker.router.ways import turns as large_turns
from tracker.router.ways.turns import Turns


class Clock:
    """A clock that stands until it is set."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_no_more_is_held_at_once_than_there_is_room_for_and_who_came_first_goes_first():
    turns, told = Turns(30), []
    assert turns.ask("a", 20, lambda: told.append("a"))
    assert not turns.ask("b", 20, lambda: told.append("b"))
    assert not turns.ask("c", 5, lambda: told.append("c"))  # there is room, but b came first
    assert turns.ask("a", 20, lambda: told.append("a"))  # still its turn
    turns.leave("a")
    assert told == ["b", "c"]
    assert turns.ask("b", 20, print) and turns.ask("c", 5, print)


def test_one_alone_may_be_larger_than_all_the_room():
    turns = Turns(30)
    assert turns.ask("a", 90, print)
    assert not turns.ask("b", 1, print)


def test_who_leaves_while_it_waits_is_not_told():
    turns, told = Turns(30), []
    turns.ask("a", 30, print)
    turns.ask("b", 30, lambda: told.append("b"))
    turns.ask("c", 30, lambda: told.append("c"))
    turns.leave("b")
    turns.leave("a")
    assert told == ["c"]
    turns.leave("never came")


def test_a_client_that_falls_silent_keeps_nobody_waiting():
    clock = Clock()
    turns = Turns(30, clock)
    turns.ask("slow", 30, print)
    clock.now += large_turns.SENDING - 1
    assert not turns.ask("b", 30, print)
    assert turns.ask("slow", 30, print)  # it sent something
    clock.now += large_turns.SENDING - 1
    assert not turns.ask("b", 30, print)
    clock.now += 2
    assert turns.ask("b", 30, print)


def test_a_provider_may_take_longer_but_not_for_ever():
    clock = Clock()
    turns = Turns(30, clock)
    turns.ask("a", 30, print)
    turns.is_whole("a")
    clock.now += large_turns.SENT - 1
    assert not turns.ask("b", 30, print)
    clock.now += 2
    assert turns.ask("b", 30, print)


def test_who_waits_is_told_without_anybody_asking_again(monkeypatch):
    monkeypatch.setattr(large_turns, "SENDING", 0.05)
    monkeypatch.setattr(large_turns, "AGAIN", 0.02)

    async def wait():
        turns, told = Turns(30), asyncio.Event()
        turns.ask("slow", 30, print)
        assert not turns.ask("b", 30, told.set)
        await asyncio.wait_for(told.wait(), 10)

    asyncio.run(wait())
