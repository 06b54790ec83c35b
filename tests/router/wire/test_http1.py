"""Mutated replies and requests, read by our readers and by h11: nothing that h11 refuses is taken, nothing is cut elsewhere.

`make fuzz-http1` reads 60,000 of each; the suite reads a slice.  The dice are seeded: a failure comes again.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import NamedTuple

import h11
import pytest

from tracker.router.wire.http1 import BadMessage
from tracker.router.wire.replies import ReplyEnd, ReplyHead, ReplyPart, ReplyReader
from tracker.router.wire.requests import OtherRequest, RequestReader

COUNT = int(os.environ.get("FUZZ_HTTP1", "3000"))

# Where we take what h11 refuses, and why.  A finding that no line here names fails the run.
MORE_LENIENT = {
    "Missing mandatory Host: header": "a request without a host is well-formed in HTTP/1.0; mitmproxy judges it",
    "Receive buffer too long": "h11 keeps 16 KB of a head; providers send longer ones, ours may have 256 KB",
}


class Read(NamedTuple):
    """What a reader made of some bytes."""

    messages: list[tuple[bytes | int, bytes | None]]  # target or status, and the body
    refused: str | None
    kind: str = "taken"  # or that it was left to mitmproxy, or waits for more


def read_reply(data: bytes, cuts: list[int]) -> Read:
    reader = ReplyReader()
    status, content, used, ended = 0, [], 0, False
    try:
        at = 0
        for cut in [*cuts, len(data)]:
            for event in reader.feed(data[at:cut]) if cut > at else []:
                if isinstance(event, ReplyHead):
                    status = event.status
                elif isinstance(event, ReplyPart):
                    content += event.content
                    used += len(event.raw)
                elif isinstance(event, ReplyEnd):
                    ended = True
            at = cut
            if ended:
                break
        if not ended:
            reader.end_of_input()
    except BadMessage as wrong:
        return Read([], str(wrong))
    return Read([(status, b"".join(content))], None)


def read_reply_as_h11(data: bytes) -> Read:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    status, content = 0, []
    try:
        connection.receive_data(data)
        connection_ended = False
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if connection_ended:
                    return Read([], "broke off")
                connection.receive_data(b"")
                connection_ended = True
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                content.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return Read([(status, b"".join(content))], None)
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                return Read([], "closed")
    except h11.RemoteProtocolError as wrong:
        return Read([], str(wrong))


def read_requests(data: bytes, cuts: list[int]) -> Read:
    reader, found = RequestReader(), []
    try:
        at = 0
        for cut in [*cuts, len(data)]:
            reader.feed(data[at:cut])
            at = cut
            while (one := reader.next()) is not None:
                if isinstance(one, OtherRequest):
                    return Read(found, None, "left to mitmproxy")
                found.append((one.head.target, one.body))
                if one.head.close:
                    return Read(found, None)
    except BadMessage as wrong:
        return Read(found, str(wrong))
    return Read(found, None, "waits for more" if reader.waiting or reader.head is not None else "taken")


def read_requests_as_h11(data: bytes) -> Read:
    found = []
    connection = h11.Connection(h11.SERVER)
    target, content = b"", []
    try:
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                target, content = bytes(event.target), []
                found.append((target, None))
            elif isinstance(event, h11.Data):
                content.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                found[-1] = (target, b"".join(content))
                rest = connection.trailing_data[0]
                if connection.their_state is not h11.DONE:
                    return Read(found, None)
                connection = h11.Connection(h11.SERVER)  # as if the reply had been sent
                connection.receive_data(rest)
            else:
                return Read(found, None)
    except h11.RemoteProtocolError as wrong:
        return Read(found, str(wrong))


REPLIES = [
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"a": "bc"}',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil it closes",
    b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 529 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
]
REQUESTS = [
    b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"DELETE /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
]
ODD = [
    *(bytes([byte]) for byte in (0, 1, 9, 10, 11, 12, 13, 32, 34, 43, 44, 45, 58, 59, 61, 95, 127, 128, 255)),
    *(b"\r\n", b"\n\n", b"\r\n\r\n", b"\r\n ", b"\r\r\n", b"0", b"00", b"0x", b"-15", b"2_0", b"20", b"999", b"101", b"1000"),
    *(b"Content-Length: 3\r\n", b"Content-Length: 11\r\n", b"content-length:5\r\n", b"Content-Length: 5, 5\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
    *(b"Host: b\r\n", b"Host:\r\n", b"X\x00Y: z\r\n", b"X Y: z\r\n", b"X;Y: z\r\n", b": z\r\n", b"X: a\x00b\r\n", b"X: a\rb\r\n"),
    *(b"HTTP/1.1 ", b"HTTP/2.0", b"HTTP/0.9", b"0\r\n\r\n", b"5\r\nhello\r\n", b"ffffffffffffffff\r\n", b";ext", b"\r\n0\r\n"),
    *(b"Connection: close\r\n", b"Connection: upgrade\r\n", b"Upgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"Trailer: x\r\n"),
]  # fmt: skip


def mutated(dice: random.Random, seeds: list[bytes]) -> bytes:
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        at = dice.randrange(len(data) + 1)
        how = dice.randrange(5)
        if how == 0:
            data[at:at] = dice.choice(ODD)
        elif how == 1:
            data[at : at + dice.randrange(1, 4)] = dice.choice(ODD)
        elif how == 2:
            del data[at : at + dice.randrange(1, 6)]
        elif how == 3:  # a line more, or one twice
            lines = bytes(data).split(b"\r\n")
            number = dice.randrange(len(lines))
            lines.insert(number, dice.choice([dice.choice(lines), dice.choice(ODD).removesuffix(b"\r\n")]))
            data = bytearray(b"\r\n".join(lines))
        elif data:
            data[at % len(data)] = dice.randrange(256)
    return bytes(data)


def is_known(why: str, found: Counter[str]) -> bool:
    for words in MORE_LENIENT:
        if words in why:
            found[words] += 1
            return True
    return False


@pytest.mark.parametrize("seed", [1, 2])
def test_no_reply_is_taken_that_h11_refuses_and_none_is_cut_elsewhere(seed):
    dice = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(COUNT // 2):
        data = mutated(dice, REPLIES)
        ours = read_reply(data, sorted(dice.randrange(len(data) + 1) for _ in range(dice.randrange(4))))
        theirs = read_reply_as_h11(data)
        if ours.refused is not None:
            seen["refused by both" if theirs.refused is not None else "refused by ours alone"] += 1
            continue
        assert theirs.refused is None or is_known(theirs.refused, seen), (data, ours, theirs)
        if theirs.refused is None:
            seen["taken by both"] += 1
            assert ours.messages == theirs.messages, data
    assert seen["taken by both"] > COUNT / 20 and seen["refused by both"] > COUNT / 20, seen


@pytest.mark.parametrize("seed", [3, 4])
def test_no_request_is_taken_that_h11_refuses_and_none_is_cut_elsewhere(seed):
    dice = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(COUNT // 2):
        data = mutated(dice, REQUESTS)
        ours = read_requests(data, sorted(dice.randrange(len(data) + 1) for _ in range(dice.randrange(4))))
        theirs = read_requests_as_h11(data)
        whole = [one for one in theirs.messages if one[1] is not None]
        assert ours.messages == whole[: len(ours.messages)], data
        seen[ours.kind if ours.refused is None else "refused"] += 1
        if ours.kind == "left to mitmproxy":  # whose head, at least, h11 takes
            assert len(theirs.messages) > len(ours.messages) or is_known(theirs.refused, seen), (data, theirs)
        if ours.refused is not None or ours.kind != "taken":
            continue
        assert theirs.refused is None or is_known(theirs.refused, seen), (data, ours, theirs)
        assert len(ours.messages) == len(whole), data
    assert seen["taken"] > COUNT / 50 and seen["refused"] > COUNT / 20, seen
