"""Random bodies of message requests, written as oddly as JSON can be, some of them broken."""

from __future__ import annotations

import json
import random

KEYS = ["model", "metadata", "system", "max_tokens", "messages", "stream", "thinking"]
KEYS += ['a"model', "\\", "é", "", "mod\u0000el"]
TEXTS = [
    *("claude-haiku-4-5", '"metadata":{"user_id":"x"}', '},{"model":"claude-opus"', '\\"', "tab\t\n", "é€😀"),
    *("quota", "The user's email address is jo@example.org"),
    *("x-anthropic-billing-header: cc_version=1;\nrest", "0" * 32),
]
BROKEN = [b"", b'"', b"\\", b"{", b"]", b",", b"\x01", b"\xff", b"NaN", b"0", b"-", b"\\ud800", b"x"]


class Bodies:
    """Random bodies, written as oddly as JSON can be, some of them broken."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def next(self) -> bytes:
        dice = self.dice
        body = {dice.choice(KEYS): self.value(3) for _ in range(dice.randrange(7))}
        if dice.random() < 0.8:
            body["model"] = "claude-haiku-4-5"
        if dice.random() < 0.5:
            body["system"] = [{"type": "text", "text": dice.choice(TEXTS)} for _ in range(2)]
        items = list(body.items())
        dice.shuffle(items)
        raw = (self.space() + self.text_of(dict(items)) + self.space()).encode()
        if dice.random() < 0.1:  # a key twice
            raw = raw.rstrip()[:-1] + (b"," if body else b"") + b'"model": "claude-opus"}'
        if dice.random() < 0.4:
            at = dice.randrange(len(raw) + 1)
            raw = raw[:at] + dice.choice(BROKEN) + raw[at + dice.randrange(3) :]
        return raw

    def value(self, depth: int):
        dice = self.dice
        kind = dice.randrange(8 if depth else 5)
        if kind == 0:
            return dice.choice(TEXTS)
        if kind == 1:
            return dice.choice([0, -1, 7, 999999, 1.5, -2e-9, 10**30])
        if kind == 2:
            return dice.choice([True, False, None])
        if kind < 5:
            return dice.choice(TEXTS) + dice.choice(TEXTS)
        if kind == 5:
            return [self.value(depth - 1) for _ in range(dice.randrange(4))]
        return {dice.choice(KEYS): self.value(depth - 1) for _ in range(dice.randrange(4))}

    def space(self) -> str:
        return self.dice.choice(["", "", " ", "\n\t", "\r\n  "])

    def text_of(self, found) -> str:
        comma = self.space() + "," + self.space()
        if isinstance(found, dict):
            pairs = (
                self.quoted(key) + self.space() + ":" + self.space() + self.text_of(part)
                for key, part in found.items()
            )
            return "{" + self.space() + comma.join(pairs) + self.space() + "}"
        if isinstance(found, list):
            return "[" + self.space() + comma.join(map(self.text_of, found)) + self.space() + "]"
        return self.quoted(found) if isinstance(found, str) else json.dumps(found)

    def quoted(self, word: str) -> str:
        made = json.dumps(word, ensure_ascii=self.dice.random() < 0.5)
        return made.replace("m", "\\u006d") if self.dice.random() < 0.05 else made
