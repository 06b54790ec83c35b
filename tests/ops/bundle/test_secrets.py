"""Kinds of secrets and identities in every form: none is left, and what is no secret stays."""

from __future__ import annotations

import codecs
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted import ENDING, PLANTED
from secret_kinds import FOREIGN, FORMS, KEPT, KINDS, left_of
from tracker.ops.bundle import pack, secrets


def test_the_table_is_as_large_as_it_says():
    assert len(KINDS) >= 97
    assert len(FORMS) >= 7
    assert len({secret for _, secret in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize("form", FORMS)
def test_no_kind_in_this_form_gets_out(form, record_property):
    record_property("tried", len(KINDS))
    left = []
    for kind, (where, secret) in KINDS.items():
        text = FORMS[form](where.replace("{{", "{").replace("}}", "}").replace("{}", secret))
        shown = secrets.redact(f"before\n{text}\nbehind").text
        if left_of(secret, form, shown) and (kind, form) not in KEPT:
            left.append((kind, shown))
    assert left == []


@pytest.mark.parametrize(
    "form", ["plain", "JSON in JSON", "percent", "all escapes", "base64", "hex", "base64 of gzip"]
)
def test_no_kind_in_letters_of_another_script_gets_out(form):
    left = []
    for kind, (where, secret) in FOREIGN.items():
        said = FORMS[form](where.replace("{}", secret))
        shown = secrets.redact(f"before\n{said}\nbehind").text
        if said in shown or left_of(secret, form, shown):
            left.append((kind, shown))
    assert left == []


@pytest.mark.parametrize(
    "text",
    [
        "look at the dot product of both",
        "\\begin{a} \\alpha\\beta",
        "a pin: 3 of 4",
        "lat 12.5 ms, lon 3",
        "docker run -p 8080:80 web",
    ],
)
def test_what_only_looks_like_one_of_them_stays(text):
    assert secrets.redact(text).text == text


@pytest.mark.parametrize(
    "text, secret",
    [
        ("PIN: 482913", "482913"),
        ("copy to \\\\fileserver01\\share\\x", "fileserver01"),
        ("net use \\\\h\\s hunter-2-made /user:ada", "hunter-2-made"),
        ("organization_name: Lovelace Ltd", "Lovelace"),
        (
            "seed phrase: " + "legal winner thank year wave sausage worth useful legal winner thank yellow",
            "sausage",
        ),
    ],
)
def test_what_says_what_it_is_goes(text, secret):
    assert secret not in secrets.redact(text).text


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"]
)
def test_no_kind_gets_out_of_a_wide_file_with_or_without_its_mark(encoding, record_property):
    record_property("tried", len(KINDS))
    left = []
    for kind, (where, secret) in KINDS.items():
        text = where.replace("{{", "{").replace("}}", "}").replace("{}", secret)
        packed = pack.clean("page.md", codecs.encode(f"before\n{text}\nbehind\n", encoding))
        if secret in packed.data.decode():
            left.append((kind, packed.data))
    assert left == []


def test_no_kind_gets_out_when_its_secret_goes_over_the_end_of_a_line(record_property):
    record_property("tried", 5 * len(KINDS))
    left = []
    for kind, (where, secret) in KINDS.items():
        half = len(secret) // 2
        for seam in ("\n", "\\\n", '"\n    "', '" + "', "\r\n> "):
            text = (
                where.replace("{{", "{")
                .replace("}}", "}")
                .replace("{}", secret[:half] + seam + secret[half:])
            )
            shown = secrets.redact(f"before\n{text}\nbehind").text
            if half >= 6 and (secret[:half] in shown or secret[half:] in shown):
                left.append((kind, seam, shown))
    assert left == []


@given(
    st.integers(0, len(PLANTED) - 1),
    st.text('abc {}":,\n\t=', max_size=30),
    st.text('abc {}":,\n\t=', max_size=30),
)
@settings(max_examples=150, deadline=None)
def test_what_stands_around_a_secret_does_not_hide_it(index, before, after):
    text = f"{before} {PLANTED[index]} {after}"
    assert ENDING.lower() not in secrets.redact(text).text.lower()


def test_redacting_twice_changes_nothing_more():
    once = secrets.redact("\n".join(PLANTED)).text
    assert secrets.redact(once) == secrets.Redacted(once, secrets.redact("").kinds)


HARMLESS = [
    "git clone git@github.com:a/b.git",
    '{"latency_ms":812.4,"ts":"2025-10-21T09:00:00.123456Z","status":200,"lane":"zai"}',
    "python 3.11.7, mitmproxy 11.0.2, Claude Code v2.1.332.0",
    "commit 62b2353c0de62b2353c0de62b2353c0de62b2353 of main",
    "sha256: 92adfb054d62c776962e14430bab732fbc6c76ec5687f49840840158ad82b522",
    "windows.jsonl:24:9a412d921ca39beb8c93dcf64ab2cf9b8498d5d90d8db0ab0c6feaf9eb79be7b",
    "127.0.0.1:8082, 0.0.0.0, [::1]:80 and localhost:8080; at 12:34:56 and 09:00",
    "| 1.62 features/pp (95 % CI 1.21..2.03, 6 windows) | n/a |",
    "W0-CL-01 W0-MITM-01 claude-haiku-4-5-20251001 glm-4.5-air",
    "epoch 1776950400, 1_776_950_400 and 18:00 on 2026-01-31; +0000",
    '{"user_id": null, "token": "", "api_key": "<your key>"}',
    "export ZAI_API_KEY=$KEY; ANTHROPIC_API_KEY=${KEY:-}",
    "set ZAI_API_KEY in .env, never in a note; the password must be changed",
    "https://docs.anthropic.com/en/api/messages and http://127.0.0.1:8080/v1/messages?beta=true",
    "see docs/router.md, lib/tracker/rows.py, ~/.claude/settings.json and ../data",
    "agentos_tmp_review-20260302T090000Z.tgz, results/metrics/soak-20260302T090000Z.json",
    "about ~3.6 MB, 99.5 %, 1e-9, 0x1f, 10**16, 3/4, 12-34",
    "ledger-cat --window W0-CL-01 | preview --format json --width 80",
    "HTTP/1.1 529 Overloaded; anthropic-ratelimit-unified-5h-utilization: 0.31",
    "The router keeps a lane's key.\nLocal estimates come from ccusage.\n\n## Next\nZ.AI answers.",
    "mypy --strict; ruff check; make soak MINUTES=5 CLIENT=sdk",
    "Müller naïve façade, 中文, 12 % — “quoted” … ±3",
]


@pytest.mark.parametrize(
    "text",
    [
        '{"prompt_tokens":1234567,"completion_tokens":40,"cache_read_tokens":0}',
        *HARMLESS,
        '{"header_mode":"x-api-key","decision":"forced_model"}',
        '{"prev_sha256":"'
        + hashlib.sha256(b"x").hexdigest()
        + '","row_id":"0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"}',
        "npm i @anthropic-ai/claude-code@2.1.329",
        "the token bucket holds 20 tokens; a basic check",
    ],
)
def test_what_is_no_secret_stays(text):
    assert secrets.redact(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "open \\\\filer-7\\team\\x",
        "\\\\filer-7.corp.example\\home",
        "\\\\filer-7@SSL\\DavWWWRoot",
        "\\\\?\\UNC\\filer-7\\team",
        "mount -t cifs //filer-7/team /mnt",
        "net view \\\\filer-7",
    ],
)
def test_the_host_of_a_share_is_found_however_deep_in_json(text):
    for _ in range(4):
        assert "filer" not in secrets.redact(text).text, text
        text = json.dumps({"said": text})


@pytest.mark.parametrize(
    "text", [r"\\d+\\w", r"\\begin\\end", r"\d+\s\w", r"\\.\pipe\x", r"\\wsl$\Ubuntu\etc"]
)
def test_what_only_looks_like_a_share_stays(text):
    for _ in range(3):
        assert secrets.redact(text).text == text
        text = json.dumps(text)
