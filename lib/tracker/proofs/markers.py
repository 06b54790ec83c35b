"""What must not reach another lane: who it names, in every place and spelling that the check tries."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from tracker.proofs.disguises import DISGUISES, OF_A_NUMBER, OF_AN_ADDRESS

ACCOUNT = "0d0d0d0d-1111-4222-8333-abcdef0d0d0d"
DEVICE = "0e1f" * 16
ORGANIZATION = "0c0c0c0c-1111-4222-8333-fedcba0c0c0c"
SESSION = "0f0f0f0f-1111-4222-8333-123456789abc"
EMAIL = "jo.made-up@example.org"
LOGIN = "sk-ant-oat01-made-up-login-AAAA"
API_KEY = "sk-ant-api03-made-up-key-BBBB"
COOKIE = "made-up-cookie-CCCC"
SECRET = "made-up-secret-DDDD-0123456789"  # noqa: S105
SENTENCE = "the made-up sentence that no log may hold"
BILLING = "x-anthropic-billing-header: cc_version=9.9.9.made-up; cc_entrypoint=cli;"

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _base62(word: str) -> str:
    number, found = int.from_bytes(word.encode()), ""
    if all(letter in "0123456789abcdef-" for letter in word):
        number = int(word.replace("-", ""), 16)
    while number:
        number, digit = divmod(number, 62)
        found = _BASE62[digit] + found
    return found


# How a word may be spelt in a text.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in mixed case": lambda word: word.capitalize().swapcase(),
    "without dashes": lambda word: word.replace("-", ""),
    "with blanks for dashes": lambda word: word.replace("-", " "),
    "with underscores for dashes": lambda word: word.replace("-", "_"),
    "with long dashes": lambda word: word.replace("-", "\u2013"),
    "over two lines": lambda word: word[:9] + "\n" + word[9:],
    "split by a backslash": lambda word: word[:9] + "\\" + word[9:],
    "url-encoded": lambda word: "".join(f"%{ord(letter):02X}" for letter in word),
    "url-encoded signs": lambda word: quote(word, safe="").replace("-", "%2D"),
    "url-encoded twice": lambda word: quote(quote(word, safe="").replace("-", "%2D")),
    "in JSON escapes": lambda word: "".join(f"\\u{ord(letter):04x}" for letter in word),
    "in JSON escapes, twice": lambda word: "".join(f"\\\\u{ord(letter):04X}" for letter in word),
    "split by an escape": lambda word: word[:9] + f"\\u{ord(word[9]):04x}" + word[10:],
    "in JSON in JSON": lambda word: json.dumps(json.dumps({"id": word})),
    "in HTML entities": lambda word: "".join(f"&#{ord(letter)};" for letter in word),
    "in full-width letters": lambda word: "".join(chr(ord(letter) + 0xFEE0) for letter in word),
    "with spaces of no width": lambda word: "\u200b".join(word),
    "with soft hyphens": lambda word: word[:5] + "\u00ad" + word[5:],
    "as base64": _base64,
    "as base64, one byte on": lambda word: _base64("x" + word + "y"),
    "as base64, two bytes on": lambda word: _base64("xx" + word + "yy"),
    "as base64 in JSON": lambda word: _base64(json.dumps({"id": word, "n": 1})),
    "as base64 for urls": lambda word: base64.urlsafe_b64encode(f"??>{word}".encode()).decode(),
    "as base64 of base64": lambda word: _base64(_base64(word)),
    "as base32": lambda word: base64.b32encode(word.encode()).decode(),
    "as hex": lambda word: word.encode().hex(),
}
_OF_AN_ID: dict[str, Callable[[str], str]] = {
    "as base62": _base62,
    "its bytes as base64": lambda word: _base64_of_bytes(word),
}


def _base64_of_bytes(word: str) -> str:
    return base64.b64encode(bytes.fromhex(word.replace("-", ""))).decode()


class Marker(NamedTuple):
    """One thing that must not arrive: the request that holds it, and the bytes by which it would be known."""

    name: str
    secrets: tuple[bytes, ...]
    more: dict[str, Any] = {}  # members of the body
    text: str = ""  # of a user's message
    headers: tuple[str, ...] = ()
    query: str = "beta=true"
    raw: tuple[str, str] | None = None  # what to replace in the JSON text, by what

    def body(self) -> bytes:
        """Return the request's body."""
        user = {"device_id": DEVICE, "account_uuid": ACCOUNT, "session_id": SESSION}
        told: dict[str, Any] = {
            "model": "claude-haiku-5-5",
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": SENTENCE}]},
                {"role": "user", "content": f"The user's email address is {EMAIL}."},
            ],
            "metadata": {"user_id": json.dumps(user)},
            "max_tokens": 64,
        }
        if self.text:
            told["messages"].append({"role": "user", "content": f"see {self.text} there"})
        for key, value in self.more.items():
            told[key] = told["messages"] + value if key == "messages" else value
        text = json.dumps(told, ensure_ascii=False)
        return (text.replace(*self.raw) if self.raw is not None else text).encode()

    def lines(self) -> list[str]:
        """Return its headers' lines, those that every client sends and its own."""
        own = {line.partition(":")[0].lower() for line in self.headers}
        usual = [
            "Accept: application/json",
            f"Authorization: Bearer {LOGIN}",
            "Content-Type: application/json",
            "User-Agent: claude-cli/2.1.329 (external, cli)",
            f"X-Claude-Code-Session-Id: {SESSION}",
            "anthropic-beta: claude-code-20250219,oauth-2025-04-20,interleaved-thinking-2025-05-14",
            f"anthropic-organization-id: {ORGANIZATION}",
            "anthropic-version: 2023-06-01",
            f"Cookie: session={COOKIE}",
        ]
        return [line for line in usual if line.partition(":")[0].lower() not in own] + list(self.headers)

    def fields(self) -> list[tuple[bytes, bytes]]:
        """Return its headers as names and values."""
        split = (line.partition(": ") for line in self.lines())
        return [(name.encode(), value.encode()) for name, _, value in split]


def _spelt() -> list[Marker]:
    found = []
    for what, word in (
        *(("account", ACCOUNT), ("device", DEVICE), ("e-mail", EMAIL), ("session", SESSION)),
        ("organization, known from a header only", ORGANIZATION),
        ("login, in a text", LOGIN),
    ):
        spellings = SPELLINGS if word in (EMAIL, LOGIN) else SPELLINGS | _OF_AN_ID
        spellings = spellings | {EMAIL: DISGUISES | OF_AN_ADDRESS, ACCOUNT: DISGUISES | OF_A_NUMBER}.get(
            word, {}
        )
        for how, spell in spellings.items():
            written = spell(word)
            # What is decoded on the way must not arrive either.
            inner = json.dumps(written, ensure_ascii=False)[1:-1]
            found.append(Marker(f"{what} {how}", (inner.encode(), word.encode()), text=written))
        escaped = f"\\u{ord(word[4]):04x}"
        found.append(
            Marker(
                f"{what}, a letter escaped in the body itself",
                (word.encode(), (word[:4] + escaped).encode()),
                text="WORD",
                raw=("WORD", word[:4] + escaped + word[5:]),
            )
        )
    return found


def _placed() -> list[Marker]:
    account, secret = (ACCOUNT.encode(),), (SECRET.encode(),)
    user = {"user_id": json.dumps({"account_uuid": SECRET})}
    billing = (b"cc_version=9.9.9.made-up",)
    fullwidth = (EMAIL.encode(), EMAIL.replace("@", "\uff20").encode())
    text = {"type": "text", "text": "x"}

    def message(content: Any, role: str = "user", **more: Any) -> dict[str, Any]:
        return {"messages": [{"role": role, "content": content, **more}]}

    return [
        Marker("metadata", (b"device_id", *account)),
        Marker("metadata of another make", secret, {"metadata": {"user_id": SECRET, "trace": SECRET}}),
        Marker("metadata in a message", secret, message("x", metadata=user)),
        Marker("metadata in a block", secret, message([text | {"metadata": user}])),
        Marker("another member of a message", secret, message("x", user=SECRET)),
        Marker("user_id in a block", secret, message([text | {"user_id": SECRET}])),
        Marker("mcp_servers", secret, {"mcp_servers": [{"url": "https://x.example", "authorization_token": SECRET}]}),
        Marker("a token of a tool", secret, {"tools": [{"name": "t", "authorization_token": SECRET}]}),
        Marker("container", secret, {"container": SECRET}),
        Marker("diagnostics", secret, {"diagnostics": {"trace": SECRET}}),
        Marker("service_tier", secret, {"service_tier": SECRET}),
        Marker("context_management", secret, {"context_management": {"edits": [SECRET]}}),
        Marker("a member that nobody knows", secret, {"x_account": SECRET}),
        Marker("a member whose name is a secret", (SECRET.encode(),), {SECRET: 1}),
        Marker("billing, system", billing, {"system": [text | {"text": BILLING}]}),
        Marker("billing, system text", billing, {"system": f"A\n{BILLING}\nB"}),
        Marker("billing, user message", billing, message(BILLING)),
        Marker("billing, block of a user", billing, message([text | {"text": BILLING}])),
        Marker("billing, system-role message", billing, message([text | {"text": BILLING}], role="system")),
        Marker("billing, in capitals", (BILLING.upper().encode(),), message(BILLING.upper())),
        Marker("billing, its key escaped", billing, message("KEY"), raw=("KEY", BILLING.replace("x-", "\\u0078-", 1))),
        Marker("billing, result of a tool", billing, message([{"type": "tool_result", "tool_use_id": "t", "content": BILLING}])),
        Marker("account in the system prompt", account, {"system": f"id {ACCOUNT}"}),
        Marker("account in a tool's description", account, {"tools": [{"name": "t", "description": ACCOUNT}]}),
        Marker("account in a tool's name", account, {"tools": [{"name": ACCOUNT, "input_schema": {}}]}),
        Marker("account in a tool's schema", account, {"tools": [{"name": "t", "input_schema": {"title": ACCOUNT}}]}),
        Marker("account in a tool's input", account, message([{"type": "tool_use", "id": "t", "name": "t", "input": {"a": ACCOUNT}}], role="assistant")),
        Marker("account as a key of a tool's input", account, message([{"type": "tool_use", "id": "t", "name": "t", "input": {ACCOUNT: 1}}], role="assistant")),
        Marker("account in a tool's result", account, message([{"type": "tool_result", "tool_use_id": "t", "content": ACCOUNT}])),
        Marker("account in a stop sequence", account, {"stop_sequences": [ACCOUNT]}),
        Marker("account in the tool choice", account, {"tool_choice": {"type": "tool", "name": ACCOUNT}}),
        Marker("account in a thought", account, message([{"type": "thinking", "thinking": ACCOUNT, "signature": "s"}], role="assistant")),
        Marker("e-mail, its sign escaped", (EMAIL.encode(), b"jo.made-up\\u0040"), text="A", raw=("The user's email address is jo.made-up@", "The user's email address is jo.made-up\\u0040")),
        Marker("e-mail, its sign full-width", fullwidth, raw=(f"email address is {EMAIL}", "email address is " + EMAIL.replace("@", "\uff20"))),
        Marker("e-mail, account email is", (b"owner.made-up@example.net",), text="account email is owner.made-up@example.net"),
        Marker("e-mail, logged in as", (b"owner.made-up@example.net",), text="logged in as owner.made-up@example.net"),
        Marker("e-mail, of the metadata", (b"owner.made-up@example.net",), {"metadata": {"user_id": "owner.made-up@example.net"}}, text="owner.made-up@example.net"),
        Marker("another login in a text", (b"sk-ant-api03-other",), text="sk-ant-api03-other-made-up"),
        Marker("cookie in a text", (COOKIE.encode(),), text=COOKIE),
        Marker("API key in a text", (API_KEY.encode(),), text=API_KEY, headers=(f"x-api-key: {API_KEY}",)),
        Marker("login", (LOGIN.encode(),)),
        Marker("API key", (API_KEY.encode(),), headers=(f"x-api-key: {API_KEY}",)),
        Marker("cookie", (COOKIE.encode(),)),
        Marker("organization header", (ORGANIZATION.encode(),)),
        Marker("session header", (SESSION.encode(),)),
        *(
            Marker(f"{name} with a secret", secret, headers=(f"{name}: {value}",))
            for name, value in (
                ("User-Agent", f"claude-cli/2.1.329 ({SECRET})"),
                ("Accept", f"application/json;x={SECRET}"),
                ("Accept-Encoding", f"gzip;{SECRET}"),
                ("Content-Type", f"application/json; boundary={SECRET}"),
                ("anthropic-version", SECRET),
                ("anthropic-beta", f"claude-code-20250219,{SECRET}"),
                ("X-Anything", SECRET),
                ("Referer", f"https://x.example/{SECRET}"),
                ("Proxy-Authorization", f"Basic {SECRET}"),
                ("traceparent", SECRET),
                ("x-claude-code-prompt-id", SECRET),
                ("x-stainless-os", SECRET),
            )
        ),
        Marker("From with an address", (EMAIL.encode(),), headers=(f"From: {EMAIL}",)),
        Marker("query", secret, query=f"beta=true&api_key={SECRET}"),
        Marker("query, in the parameter that passes", secret, query=f"beta={SECRET}"),
        Marker("query, as a name", secret, query=f"{SECRET}=1"),
        Marker("account in the query", account, query=f"account={ACCOUNT}"),
    ]  # fmt: skip


# How a text tells whose account it is, and how the address may be written there.
TOLD = (
    *(
        "The user's email address is {}.",
        "User email: {}",
        "userEmail is <{}>",
        "account email is {}",
        "Account: {}",
    ),
    *(
        "logged in as {}",
        "Signed in with {}",
        "login: {}",
        "email of the account owner: {}",
        "Current user: {}",
    ),
    *(
        "Your account ({})",
        "The authenticated user is {}",
        "primary email = {}",
        "user's e-mail: {}",
        "owner={}",
    ),
    *(
        "E-Mail-Adresse des Nutzers: {}",
        "account_email={}",
        "emailAddress: {}",
        "git config user.email is {}",
    ),
    *(
        "\u7528\u6237\u90ae\u7bb1\uff1a{}",
        "The user\u2019s email address is {}",
        "The user's email address is:\n\n{}",
    ),
    *("contact: the account holder, {}", "username {}", "you are {}", "USER_EMAIL={}"),
    *(
        "L'adresse e-mail de l'utilisateur est {}",
        "El correo electr\u00f3nico del usuario es {}",
        "O e-mail do usu\u00e1rio \u00e9 {}",
        "L'email dell'utente: {}",
        "\u30e6\u30fc\u30b6\u30fc\u306e\u30e1\u30fc\u30eb\u30a2\u30c9\u30ec\u30b9\u306f {} \u3067\u3059",
        "\uc0ac\uc6a9\uc790 \uc774\uba54\uc77c: {}",
        "\u044d\u043b\u0435\u043a\u0442\u0440\u043e\u043d\u043d\u0430\u044f \u043f\u043e\u0447\u0442\u0430 \u043f\u043e\u043b\u044c\u0437\u043e\u0432\u0430\u0442\u0435\u043b\u044f: {}",
    ),
    *(
        "Login method: Claude Max Account\nEmail: {}",
        "Organization: {}'s Organization",
        "Signed in: {}",
        "the user can be reached at {}",
        "contact the user at {}",
        "You are assisting {}",
        "oauthAccount {}",
        "claude.ai account {}",
        "Claude Max ({})",
        "subscription of {}",
        "billing contact: {}",
    ),
)
OWNER = "owner.made-up@example.net"
WRITTEN: dict[str, Callable[[str], str]] = {
    **{
        f"with {sign}": lambda word, sign=sign: word.replace("@", sign)  # type: ignore[misc]
        for sign in (
            *(
                "\uff20",
                "\ufe6b",
                "%40",
                "%2540",
                "&#64;",
                "&#064;",
                "&#x40;",
                "&commat;",
                "\\u0040",
                "\\x40",
                "=40",
            ),
            *(" (at) ", "[at]", " at ", "\u200b@", " @ "),
        )
    },
    **{how: DISGUISES[how] for how in ("in padded entities", "in hex escapes", "with AT")},
    **{how: SPELLINGS[how] for how in ("url-encoded", "in JSON escapes, twice", "in full-width letters")},
    **{
        how: SPELLINGS[how] for how in ("with spaces of no width", "with soft hyphens", "as base64", "as hex")
    },
}
# Headers that clients and proxies send, and a value by which one would be known.
SAID_BY_HEADERS = {
    "anthropic-organization-id": "org_01AbCdEfGhJkMnPq",
    "x-organization-id": "made-up-corp-12345",
    "x-account-id": "acct_9f8e7d6c5b4a",
    "anthropic-account-uuid": "01JABCDEFGHJKMNPQRSTVWXYZ0",
    "x-user-email": OWNER,
    "x-user-id": "user-made-up-77",
    "x-device-id": "DEV-00-11-22-33-44",
    "x-workspace": "wrkspc_01ABCDEF",
    "x-forwarded-for": "203.0.113.77",
    "x-real-ip": "2001:db8::77aa:1",
    "x-tenant": "tenant-made-up-1",
    "x-auth-token": "tok-abcdef-123456",
    "x-goog-api-key": "made-up-google-12345",
    "api-key": "key-abcdef-1234567",
}
STRANGE_NAMES = (
    *(
        "userId",
        "user-id",
        "User_ID",
        "accountUuid",
        "account",
        "deviceId",
        "session_id",
        "apiKey",
        "x-api-key",
    ),
    *(
        "Authorization",
        "access_token",
        "password",
        "token",
        "organizationUuid",
        "email",
        "mcpServers",
        "Metadata",
    ),
    *("credentials", "client_secret", "cookie", "headers", "user\\u0049d", 'a "quoted" name', "n" * 300),
)
BILLED: dict[str, Callable[[str], str]] = {
    "behind words": lambda line: f"note: {line}",
    "quoted": lambda line: f"> {line}",
    "in a list": lambda line: f"- {line}",
    "in JSON": lambda line: json.dumps({"h": line}),
    "with a blank of no width": lambda line: line.replace("billing", "\u200bbilling"),
    "with a wide colon": lambda line: line.replace(":", "\uff1a", 1),
    "with an equals sign": lambda line: line.replace(": ", "="),
    "with underscores": lambda line: line.replace("-", "_"),
    "behind a carriage return": lambda line: f"a\r{line}\rb",
    "over two lines": lambda line: line.replace(": ", ":\n  "),
    "escaped twice": lambda line: line.replace("-", "\\u002d"),
    "url-encoded": lambda line: line.replace("-", "%2D").replace(":", "%3A"),
    "without its name": lambda line: line.partition(": ")[2],
    "in a paragraph": lambda line: f"<p>{line}</p>",
    "as code": lambda line: f"`{line}`",
    "as base64": _base64,
}


def _learnt() -> list[Marker]:
    """Return markers of what is known only because something tells it: a line, a header, metadata, a name."""
    owner = OWNER.encode()
    found = [Marker(f"e-mail told: {line}", (owner,), text=line.format(OWNER)) for line in TOLD]
    for how, write in WRITTEN.items():
        said = write(OWNER)
        secrets = (json.dumps(said, ensure_ascii=False)[1:-1].encode(), owner)
        found.append(
            Marker(f"e-mail told {how}", secrets, text=f"The user's email address is {said}. And {OWNER}")
        )
    for name, value in SAID_BY_HEADERS.items():
        found.append(
            Marker(
                f"known from {name}", (value.encode(),), text=f"it is {value}", headers=(f"{name}: {value}",)
            )
        )
    for number, told in enumerate(
        (
            {"user_id": "acct-made-up-7"},
            {"user_id": json.dumps({"account_uuid": "acct-made-up-7"})},
            {"user_id": {"account": "acct-made-up-7"}},
            {"user": {"ids": ["acct-made-up-7"]}},
            {"user_id": "user_made-up_account_acct-made-up-7_session_x"},
        )
    ):
        found.append(
            Marker(
                f"metadata of make {number}", (b"acct-made-up-7",), {"metadata": told}, "I am acct-made-up-7"
            )
        )
    for how, write in BILLED.items():
        said = write(BILLING)
        billed = (json.dumps(said)[1:-1].encode(), b"cc_version=9.9.9.made-up", b"cc_version=9.9.9.made_up")
        found.append(Marker(f"billing {how}", billed, text=said))
        found.append(Marker(f"billing {how}, system", billed, {"system": [{"type": "text", "text": said}]}))
    return found


def _strangely_named() -> list[Marker]:
    """Return markers with members that no list has, at every depth, and with values of another kind."""
    found, secret = [], (SECRET.encode(),)
    for name in STRANGE_NAMES:
        text = {"type": "text", "text": "x", name: SECRET}
        result = {"type": "tool_result", "tool_use_id": "t", "content": [text]}
        for where, more in (
            ("a block", {"messages": [{"role": "user", "content": [text]}]}),
            ("a tool's result", {"messages": [{"role": "user", "content": [result]}]}),
            ("a tool", {"tools": [{"name": "t", "input_schema": {}, name: SECRET}]}),
            ("the system prompt", {"system": [text]}),
            ("thinking", {"thinking": {"type": "enabled", "budget_tokens": 5, name: SECRET}}),
            ("the tool choice", {"tool_choice": {"type": "auto", name: SECRET}}),
            (
                "a cache mark",
                {
                    "system": [
                        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", name: SECRET}}
                    ]
                },
            ),
        ):
            found.append(Marker(f"{name[:20]}, a member of {where}", secret, more))
    for name in ("max_tokens", "temperature", "top_p", "top_k", "stream"):
        found.append(Marker(f"a secret for {name}", secret, {name: SECRET}))
        found.append(Marker(f"an object for {name}", secret, {name: {"x": SECRET}}))
    return [
        *found,
        Marker("a secret for a role", secret, {"messages": [{"role": SECRET, "content": "x"}]}),
        Marker("account in a url of an image", (ACCOUNT.encode(),), {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": f"https://x.example/?u={ACCOUNT}"}}]}]}),
        Marker("account in the id of a tool's use", (ACCOUNT.encode(),), {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": ACCOUNT, "name": "t", "input": {}}]}]}),
        Marker("account as codes in a tool's input", tuple(json.dumps(list(ACCOUNT.encode()), separators=(end, ":")).encode() for end in (",", ", ")), {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "t", "input": {"b": list(ACCOUNT.encode())}}]}]}),
        Marker("account in an image", (_base64(f"xx{ACCOUNT}")[4:40].encode(),), {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _base64(f"xx{ACCOUNT}")}}]}]}),
        Marker("e-mail in a document's title", (EMAIL.encode(),), {"messages": [{"role": "user", "content": [{"type": "document", "title": EMAIL, "source": {"type": "text", "data": EMAIL}}]}]}),
        *(Marker(f"query of shape {number}", (SECRET.encode(),), query=query) for number, query in enumerate((f"beta[]={SECRET}", f"BETA={SECRET}", f"beta=true;x={SECRET}", f"beta=true&beta={SECRET}", f"beta=true%26x={SECRET}", f"?beta=true&x={SECRET}", SECRET))),
    ]  # fmt: skip


MARKERS = [*_spelt(), *_placed(), *_learnt(), *_strangely_named()]
