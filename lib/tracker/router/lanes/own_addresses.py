"""E-mail addresses that a text tells to be the account's own, however they are written there.

Claude Code puts "The user's email address is …" before a conversation.  Other people's addresses, in commits
and files, are content and stay.
"""

from __future__ import annotations

import base64
import contextlib
import re
import unicodedata
from collections.abc import Iterator

from tracker.router.lanes import spellings

MOST_LOOKED_AT = 400  # places of a text; one that has more is no line about an account

_WHO = (
    rb"(?:user|account|owner|login|my|your|primary|authenticated|subscriber|member|billing|person|human|compte"
    rb"|utilisateur|utili[sz]ador|usuari|usu\xc3\xa1ri|cuenta|utente|nutzer|konto|gebruiker|"
    + "用户|账号|账户|我的|您的|ユーザー|アカウント|사용자|계정|пользовател|аккаунт".encode()
    + rb")"
)
_MAIL_WORDS = (
    rb"(?:e?-?mail(?:[ _-]?add?r(?:esse?)?)?|"
    + "邮箱地址|邮箱|邮件|电子邮件|メールアドレス|メール|이메일 주소|이메일|почта|почты".encode()
    + rb"|correo(?: electr(?:o|\xc3\xb3)nico)?|courriel)"
)
# What stands between such words and the address.
_BETWEEN = (
    rb"(?:<[a-zA-Z/][^<>@]{0,20}>|[^\w@\x80-\xff]|"
    + "：|是|为|“|‘|「|＜|’|”|は|은|는|이".encode()
    + rb"){0,12}"
)
_OWN = re.compile(
    rb"(?:" + _WHO + rb"[^\n@\"]{0,24}" + _MAIL_WORDS + rb"(?:[ ]of [a-z' ]{2,30})?(?:[ ]is|[ ]was)?"
    rb"|"
    + _MAIL_WORDS
    + rb"(?:[ ]address)?[ ](?:of|for|des|der)[ ][a-z' ]{0,20}?(?:account|user|owner|nutzer|kontos?|benutzer)[a-z' ]{0,12}(?:[ ]is)?"
    # The same in languages that say whose it is behind it.
    rb"|"
    + _MAIL_WORDS
    + rb"(?:[ ](?:de|del|della|do|da|van)[ ]|[ ]dell?'|[ ]de[ ]l'|[ ])"
    + _WHO
    + rb"[^\n@\"]{0,20}"
    # The screen that says how one is signed in.
    rb"|(?:(?:login|auth)[ ]method|organi[sz]ation|subscription|plan)[ ]?:[^\n@]{0,60}\n\W{0,6}"
    + _MAIL_WORDS
    + rb"|(?:logged|signed)[ -]in(?:[ ](?:as|with|to)|[ ]?:)|(?:authenticated|current|active)[ ]user(?:[ ]is)?"
    rb"|user[ ](?:can[ ]be[ ](?:reached|contacted)|is[ ]reachable)[ ](?:at|under|via)|contact[ ]the[ ]user[ ](?:at|under|via)"
    rb"|you[ ]are[ ](?:assisting|helping|talking[ ]to|working[ ](?:with|for))|oauth_?account|\bauth[ ]?:"
    rb"|claude(?:\.ai|[ ]code)?[ ](?:account|(?:max|pro|team|enterprise)(?:[ ]plan)?[ ]\()|billing[ ]contact|subscription[ ]of"
    rb"|(?:cuenta|usuario|compte|utilisateur|konto|benutzer|utente|conta)[ ]?:"
    rb"|(?:account|login|user(?:_?name)?|owner|account[ ]holder)(?:[ ]name|[ ]id)?(?:[ ]is|[ ]\(|[:=,]|(?<=username))|you[ ]are|e-?mailaddress"
    rb")" + _BETWEEN + rb"\Z",
    re.IGNORECASE,
)
_LOCAL = re.compile(rb"[^\s\"\\<>()\[\]{},;:/@=`*|'\x02]{1,64}\Z|[^\s\"\\<>()\[\]{},;:/@=\x02]{1,64}\Z")
_ORGANIZATION = re.compile(rb"\.?'s (?:individual )?organi[sz]ation", re.IGNORECASE)  # of one person alone
_DOMAIN = re.compile(rb"[\w.\-\x80-\xff]{1,190}")
_AFTER_MAIL = re.compile(
    r"(?:[ _-]?add?r(?:esse?)?)?(?: of [a-z' ]{2,30})?(?: is| was)?(?:</?[a-zA-Z][^<>@]{0,20}>|\W|是|为){0,12}",
    re.IGNORECASE,
)
_BEFORE_MAIL = re.compile(_WHO + rb"[^\n@\"]{0,24}\Z", re.IGNORECASE)
_HINTS = (b"mail", b"ged in as", b"ned in as", b"login:", b"account:", "邮箱".encode())
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u0300-\u036f]+"
)
_AT = re.compile(r"\s*[\[({<]\s*at\s*[\])}>]\s*|\s+(?:at|AT)\s+(?=[\w-]+(?:\.|\s+dot\s+)\w)|\s+@\s+")
_DOT = re.compile(r"\s*[\[({<]\s*dot\s*[\])}>]\s*|\s+(?:dot|DOT)\s+|[。｡․．]")
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[A-Za-z0-9+/_=-]{8,200}")


def told_in(text: bytes) -> frozenset[str]:
    """Return the addresses that a JSON text tells to be the account's.

    >>> sorted(told_in(b'"# userEmail\\\\nThe user\\'s email address is jo%40example.org."'))
    ['jo@example.org']
    """
    small = text.lower()
    if b"@" not in text and not any(hint in small for hint in _HINTS):
        return frozenset()
    if b"\\" in text:
        text = (
            text.replace(b"\\\\", b"\x02")
            .replace(b"\\n", b"\n")
            .replace(b"\\r", b"\r")
            .replace(b"\\t", b"\t")
        )
        text = text.replace(b'\\"', b'"').replace(b"\\/", b"/").replace(b"\x02", b"\\")
    return frozenset(_before_signs(text) | _behind_mail(text))


def _before_signs(text: bytes) -> set[str]:
    """Return the plain addresses that stand behind words which say whose they are."""
    found = set()
    at = text.find(b"@")
    while at >= 0:
        before = text[max(0, at - 160) : at]
        domain = _DOMAIN.match(text, at + 1)
        for local in (_LOCAL.search(before),) if domain else ():
            assert domain is not None
            if local and (_OWN.search(before, 0, local.start()) or _ORGANIZATION.match(text, domain.end())):
                found.add((local[0] + b"@" + domain[0].rstrip(b".-")).decode("utf-8", "replace"))
        at = text.find(b"@", at + 1)
    return found


def _behind_mail(text: bytes) -> set[str]:
    """Return the addresses, in whatever spelling, behind words such as `the user's email is`."""
    found: set[str] = set()
    small = text.lower()
    for hint in _HINTS:
        at, looked = small.find(hint), 0
        while at >= 0 and looked < MOST_LOOKED_AT:
            looked += 1
            end = at + len(hint)
            if hint != b"mail" or _BEFORE_MAIL.search(text, max(0, at - 40), at):
                found |= _read(text[end : end + 900].decode("utf-8", "replace"))
            at = small.find(hint, end)
    return found


def _read(text: str) -> set[str]:
    """Return the address that a text begins with when its escapes are read, if it does."""
    for _ in range(spellings.DEPTH):
        text = spellings.TOKEN.sub(spellings.meant, text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))[:300]
    gap = _AFTER_MAIL.match(text)
    text = text[gap.end() if gap else 0 :]
    word = _WORD.match(text)
    if word and (told := _encoded(word[0])):
        return {told}
    address = _ADDRESS.match(_DOT.sub(".", _AT.sub("@", text, count=1), count=4))
    return {address[0].rstrip(".-")} if address else set()


def _encoded(word: str) -> str | None:
    for data in _decoded(word):
        address = _ADDRESS.fullmatch(data.decode("utf-8", "replace"))
        if address:
            return address[0]
    return None


def _decoded(word: str) -> Iterator[bytes]:
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(word)
    with contextlib.suppress(ValueError):
        yield base64.b64decode(word + "=" * (-len(word) % 4))
