"""Forty secrets, made up, in the shapes that logs, notes and settings hold them in."""

from __future__ import annotations

import base64

ENDING = "Zq7Xw2Lm9Tr4"  # what every planted secret holds, so that a leak is found whatever its shape

PLANTED = [
    f"sk-ant-oat01-{ENDING}-made",
    f"sk-ant-api03-{ENDING}",
    f"sk-ant-sid01-{ENDING}-x",
    f"Authorization: Bearer {ENDING}abc",
    f"authorization: bearer sk-{ENDING}",
    f'"authorization": "Basic dXNlcjpw{ENDING}"',
    f"x-api-key: {ENDING}",
    f'"x-api-key":"{ENDING}"',
    f'\\"x-api-key\\": \\"{ENDING}\\"',
    f"Cookie: sessionKey={ENDING}; theme=dark",
    f"set-cookie: id={ENDING}; Path=/",
    f"Proxy-Authorization: Basic {ENDING}",
    f"0123456789abcdef0123456789abcdef.{ENDING}",
    f"ZAI_API_KEY={ENDING}",
    f"export ANTHROPIC_AUTH_TOKEN='{ENDING}'",
    f"ANTHROPIC_API_KEY: {ENDING}",
    f'"api_key": "{ENDING}"',
    f'{{"accessToken":"{ENDING}"}}',
    f'{{"refresh_token": "{ENDING}"}}',
    f"password={ENDING}",
    f"PASSWD = '{ENDING}'",
    f'"client_secret":"{ENDING}"',
    f"sk-proj-{ENDING}ABCDEFGH",
    f"ghp_{ENDING}ABCDEFGHIJKLMNOPQRSTUVWX",
    f"github_pat_11AAAA_{ENDING}AAAAAAAA",
    f"xoxb-123456789012-{ENDING.lower()}",
    f"AIzaSy{ENDING}AAAAAAAAAAAAAAAAAAAAA",
    f"npm_{ENDING}AAAAAAAAAAAAAAAAAAAAAAAA",
    f"https://ada:{ENDING}@example.com/repo.git",
    f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.{ENDING}",
    f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{ENDING}\nAAAA\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{ENDING}\n",
    f"{ENDING}@example.com",
    f"ada.{ENDING}%40example.co.uk",
    f"ada+{ENDING}\\u0040example.org",
    f"/home/{ENDING}/app",
    f"/Users/{ENDING}/Library",
    f"C:\\Users\\{ENDING}\\AppData",
    f'"account_uuid": "{ENDING}"',
    "see " + base64.b64encode(f"key sk-ant-api03-{ENDING}".encode()).decode(),
]
