"""Secrets in a text: what they look like, and the text without them.

Known shapes of keys come from detect-secrets' own detectors; the rules here add what this project
meets: Anthropic's and Z.AI's keys, headers, settings, the client's identity, addresses, home folders.
Whatever is in doubt counts as a secret: a bundle with a hole in it is better than one with a key.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import pkgutil
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

# How a sign may be written: plain, as JSON's \\u0040, or as a URL's %40.
_AT = r"(?:@|\\u0040|%40)"
_DOT = r"(?:\.|\\u002e|%2e)"
_COLON = r"(?:\\?\"|')?\s*(?:[:=]|%3a|=>)\s*(?:\\?\"|')?"
_VALUE = r"(?!\[redacted|null\b|true\b|false\b|-?[\d.]+(?:[\s,}\"'\\]|$)|<|\$|made-up\b)(?P<secret>[^\s\"'\\,;}{]{4,})"

OURS = {
    "private-key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    "anthropic-key": r"sk-ant-[A-Za-z0-9_\-]{4,}",
    "api-key": r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-]{16,}|\bgithub_pat_\w{20,}|\bAIza[\w\-]{30,}|\bnpm_[A-Za-z0-9]{30,}|\bhf_[A-Za-z0-9]{20,}",
    "zai-key": r"\b[0-9a-fA-F]{32}\.[A-Za-z0-9_\-]{8,}",
    "bearer": r"(?i)\b(?:bearer|basic|token)\s+(?!\[redacted)(?P<secret>(?=\S*\d)[A-Za-z0-9._~+/=\-]{8,})",
    "header": r"(?i)\b(?:proxy-)?authorization" + _COLON + r"(?:(?:bearer|basic)\s+)?" + _VALUE,
    "key-header": r"(?i)\b(?:x-)?(?:api|auth|goog-api)-?(?:key|token)" + _COLON + _VALUE,
    "cookie": r"(?i)\b(?:set-)?cookie" + _COLON + r"(?!\[redacted)(?P<secret>[^\"'\\\r\n]{4,})",
    "setting": r"(?i)(?:api_?key|apikey|secret|passwd|password|passphrase|credential|access_?key|(?:access|refresh|auth|id|session|bot|oauth)_?token|session_?key|_token|_key|_pass)\b"
    + _COLON
    + _VALUE,
    "url-login": r"(?i)[a-z][a-z0-9+.\-]*://[^\s/:@\"']+:(?!\[redacted)(?P<secret>[^\s/@\"']+)@",
    "identity": r"(?i)(?:account_?(?:uu)?id|device_?id|organization_?(?:uu)?id|user_?id|email(?:_?address)?)"
    + _COLON
    + _VALUE,
    "e-mail": rf"(?i)[a-z0-9._+\-]+{_AT}(?:[a-z0-9\-]+{_DOT})+[a-z]{{2,}}",
    "home-folder": r"(?i)(?:/|\\/|%2f)(?:users|home)(?:/|\\/|%2f)(?P<secret>(?!\[redacted)[^\s/\\\"'%:,;)]+)|\b[a-z]:\\{1,2}users\\{1,2}(?P<secret2>[^\\\s\"']+)|(?<![\w/])(?P<secret3>/root)(?=[/\s\"':,;)]|$)|-(?:Users|home)-(?P<secret4>[A-Za-z0-9_.]+)(?=-)",
}
# Not of detect-secrets: public addresses are no secret here, and these two fit ordinary words and digests.
NOT_USED = {"IPPublicDetector", "ArtifactoryDetector", "IbmCloudIamDetector", "PrivateKeyDetector"}
_BLOB = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}|[A-Za-z0-9_\-]{24,}={0,2}")


class Redacted(NamedTuple):
    """A text without its secrets, and how many of each kind were in it."""

    text: str
    kinds: Counter[str]


# A line without one of these cannot hold a secret of the kind; looking for them first is fast.
HINTS = {
    "private-key": ("PRIVATE KEY",),
    "e-mail": ("@", "u0040", "%40"),
    "home-folder": ("/root", "home", "users", "HOME", "Home", "Users", "USERS"),
    "url-login": ("://",),
    "anthropic-key": ("sk-ant-",),
    "bearer": ("earer", "EARER", "asic", "ASIC", "oken ", "OKEN "),
    "cookie": ("ookie", "OOKIE"),
    "header": ("uthorization", "UTHORIZATION"),
}


class SecretRule(NamedTuple):
    """One shape of secret; a group of the pattern named `secret…` is the part to hide."""

    kind: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...] = ()


@cache
def rules() -> list[SecretRule]:
    """Return everything that counts as a secret."""
    made = [
        SecretRule(name, re.compile(pattern, re.M), HINTS.get(name, ())) for name, pattern in OURS.items()
    ]
    home = str(Path.home())
    if len(home) > 3:
        made.append(SecretRule("home-folder", re.compile(re.escape(home)), (home,)))
    return made + [SecretRule(name, pattern) for name, pattern in _detectors()]


def _detectors() -> list[tuple[str, re.Pattern[str]]]:
    import detect_secrets.plugins as plugins
    from detect_secrets.plugins.base import RegexBasedDetector

    made: list[tuple[str, re.Pattern[str]]] = []
    for module in pkgutil.iter_modules(plugins.__path__):
        for name, kind in vars(importlib.import_module(f"{plugins.__name__}.{module.name}")).items():
            if not isinstance(kind, type) or not issubclass(kind, RegexBasedDetector):
                continue
            if kind is not RegexBasedDetector and name not in NOT_USED:
                short = name.removesuffix("Detector").lower()
                made += [(short, _to_the_end(pattern)) for pattern in kind().denylist]
    return made


def _to_the_end(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return a detector's pattern that takes the whole word: to find a key it may stop inside it."""
    return re.compile(rf"(?:{pattern.pattern})[\w\-+/=.]*", pattern.flags)


def redact(text: str) -> Redacted:
    """Return the text with each secret replaced by `[redacted KIND]`.

    Stretches that are base64 of a text with a secret go as a whole.

    >>> redact("key sk-ant-made-up-1 of ada@example.com in /Users/ada/x").text
    'key [redacted anthropic-key] of [redacted e-mail] in /Users/[redacted home-folder]/x'
    >>> redact('{"completion_tokens":1234567,"header_mode":"x-api-key"}').kinds
    Counter()
    """
    kinds: Counter[str] = Counter()

    def hide(match: re.Match[str], kind: str) -> str:
        whole = match[0]
        if "[redacted" in whole and len(whole) < 200 and kind != "private-key":
            return whole
        kinds[kind] += 1
        named = [name for name, value in match.groupdict().items() if name.startswith("secret") and value]
        if not named:
            return f"[redacted {kind}]"
        start, end = match.span(named[0])
        start, end = start - match.start(), end - match.start()
        return f"{whole[:start]}[redacted {kind}]{whole[end:]}"

    def without(part: str, rule: SecretRule) -> str:
        return rule.pattern.sub(lambda match: hide(match, rule.kind), part)

    for rule in rules():
        if not rule.hints:
            text = without(text, rule)
        elif not any(hint in text for hint in rule.hints):
            continue
        elif rule.kind == "private-key":
            text = without(text, rule)  # over several lines
        else:
            lines = text.split("\n")
            text = "\n".join(
                without(line, rule) if any(hint in line for hint in rule.hints) else line for line in lines
            )
    text = _BLOB.sub(lambda match: hide(match, "encoded") if _hides_secret(match[0]) else match[0], text)
    return Redacted(text, kinds)


def _hides_secret(blob: str) -> bool:
    standard = blob.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        inside = base64.b64decode(standard + "=" * (-len(standard) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return bool(inside.isprintable() and any(rule.pattern.search(inside) for rule in rules()))


def search(data: bytes) -> Counter[str]:
    """Return how many secrets of each kind bytes hold that are no text to be rewritten."""
    kinds: Counter[str] = Counter()
    for encoding in ("latin-1", "utf-16-le", "utf-16-be"):
        for kind, count in redact(data.decode(encoding, "ignore")).kinds.items():
            # In noise, short and loose shapes turn up by chance; a key's own prefix does not.
            if encoding == "latin-1" or kind in ("anthropic-key", "zai-key", "e-mail"):
                kinds[kind] += count
    return kinds
