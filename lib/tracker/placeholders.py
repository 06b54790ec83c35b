"""What stands where a key belongs and is none: an example's words, a name, one sign again and again."""

from __future__ import annotations

import functools
import re

# Signs of what is around a key: a line of a shell or of JSON, the brackets of an example.
_AROUND = ";,\"'`<>()[]{}\\"
# An example's words for a key: one of the first is enough, the others must be all there is.
_TELLING = "your|yours|here|changeme|change|replace|placeholder|example|insert|paste|fill|todo|dummy"
_OTHERS = (
    "my|the|api|key|apikey|token|secret|value|none|null|nil|undefined|unset|empty|true|false|yes|no|test"
)
_LANES = "sk|zai|glm|kimi|moonshot|deepseek"
_ALL_WORDS = re.compile(f"(?:{_TELLING}|{_OTHERS}|{_LANES})+")
_TELLING_WORD = re.compile(f"(?:{_TELLING})")


@functools.lru_cache(maxsize=16)  # asked for every request
def is_placeholder(text: str, variable: str) -> bool:
    """Say whether a text is an example's: its words, the variable's own name, or one sign again and again.

    >>> [is_placeholder(text, "ZAI_API_KEY") for text in ("your-key-here", "<key>", "sk-…", "$ZAI_API_KEY", "xxxx")]
    [True, True, True, True, True]
    >>> is_placeholder("0123456789abcdef.A1b2", "ZAI_API_KEY")
    False
    """
    words = [word for word in re.split(r"[^0-9a-z]+", text.lower()) if word]
    rest = words[1:] if words[:1] == ["sk"] else words
    return (
        len(set("".join(rest))) <= 1
        or text.endswith(("…", "..."))
        or "_".join(words) == variable.lower()
        or any(_TELLING_WORD.fullmatch(word) for word in words)
        or _ALL_WORDS.fullmatch("".join(words)) is not None
    )


@functools.lru_cache(maxsize=16)
def stray_sign(text: str) -> str | None:
    """Return the first sign of a text that no key has; None when every one may be a key's.

    >>> stray_sign("0123.A1b2;"), stray_sign("0123.A1b2==")
    (';', None)
    """
    return next((sign for sign in text if not "!" <= sign <= "~" or sign in _AROUND), None)
