"""The bundle: forty secrets planted in twelve places, none gets out; and the same bytes each time."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, clean_env
from tracker import cli
from tracker.ops.bundle import pack, secrets

ENDING = "Zq7Xw2Lm9Tr4"  # what every planted secret holds, so that a leak is found whatever its shape

# Forty secrets: made up, in the shapes that logs, notes and settings hold them in.
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


@pytest.fixture
def world(tmp_path):
    """A project's folders with something in each, to be bundled."""
    places = {
        "logs": tmp_path / "logs",
        "results": tmp_path / "results",
        "ledger": tmp_path / "ledger",
    }
    for folder in [*places.values(), places["results"] / "metrics"]:
        folder.mkdir(parents=True)
    row = '{"kind":"usage","ts":"2026-03-02T09:00:00Z","model":"claude-haiku-4-5","lane":"zai","status":200,"latency_ms":3.0,"decision":"forced_model","op":"stream","prompt_tokens":1234567,"completion_tokens":40}\n'
    (places["logs"] / "usage.jsonl").write_text(row * 3)
    (places["results"] / "TESTS.md").write_text("## soak: passed\n")
    return tmp_path


def bundle(world, **env):
    done = subprocess.run(
        [str(ROOT / "scripts" / "bundle.sh")],
        capture_output=True,
        text=True,
        cwd=world,
        env=clean_env(world)
        | {
            "USAGE_LOG": str(world / "logs" / "usage.jsonl"),
            "RESULTS_DIR": str(world / "results"),
            "TRACKER_DATA_DIR": str(world / "ledger"),
            "BUNDLE_DIR": str(world / "out"),
            "SOURCE_DATE_EPOCH": "1795251600",
        }
        | env,
    )
    return done


def everything_in(folder: Path) -> bytes:
    """Return every byte of a bundle: names, files, and what the archive unfolds to."""
    data = b"".join(
        str(path).encode() + path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    )
    for tgz in folder.glob("*.tgz"):
        with tarfile.open(tgz) as archive:
            data += b"".join(one.name.encode() + archive.extractfile(one).read() for one in archive)
    return data


# Twelve places where a secret can hide: eight that become part of the bundle as text …
TEXT_PLACES = [
    ("logs/usage.jsonl", "{secret}\n"),
    ("logs/usage-20260302T090000.jsonl", '{{"detail":"{secret}"}}\n'),
    ("logs/router-8082.log", "[09:00:00] error: {secret}\r\n"),
    ("logs/anomalies.jsonl", '{{"kind":"anomaly","detail":"seen {secret} here"}}\n'),
    ("results/TESTS.md", "| a | {secret} |\n"),
    ("results/metrics/soak-20260302T090000Z.json", '{{"note": "{secret}"}}\n'),
    ("ledger/snapshots.jsonl", '{{"kind":"snapshot","notes":["{secret}"]}}\n'),
    ("ledger/evidence.jsonl", "x {secret} y\n"),
]


def test_forty_secrets_in_eight_texts_and_none_gets_out(world):
    assert len(PLANTED) == len(set(PLANTED)) == 40
    for name, shape in TEXT_PLACES:
        with (world / name).open("a") as file:
            file.writelines(shape.format(secret=secret) for secret in PLANTED)
    done = bundle(world)
    assert done.returncode == 0, done.stderr
    out = everything_in(world / "out")
    assert ENDING.encode() not in out
    assert ENDING.lower().encode() not in out
    assert "redacted" in done.stderr
    assert b"1234567" in out, "numbers stay"


# … and four whose bytes cannot be rewritten: there one secret stops the bundle.
def zipped(text: str) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", text)
    return made.getvalue()


BINARY_PLACES = {
    "a gzip'd log": lambda text: gzip.compress(text.encode()),
    "an archive": zipped,
    "bytes with a NUL": lambda text: b"\x00\x01" + text.encode() + b"\x00",
    "UTF-16": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "zstandard": lambda text: zstandard.compress(text.encode()),
}


@pytest.mark.parametrize("place", BINARY_PLACES)
def test_a_secret_in_what_is_no_text_stops_the_bundle(world, place):
    secret = PLANTED[0]
    (world / "logs" / "router-1.log").write_bytes(BINARY_PLACES[place](f"some words\n{secret}\n"))
    done = bundle(world)
    assert done.returncode == 1
    assert "router-1.log is no text and holds what looks like a secret" in done.stderr
    assert ENDING not in done.stderr
    assert not (world / "out").exists() or list((world / "out").iterdir()) == []


@pytest.mark.parametrize("secret", [secret for secret in PLANTED if "\n" not in secret])
def test_each_shape_is_found_in_a_compressed_log_too(secret):
    with pytest.raises(cli.Stop) as stopped:
        pack.clean("x.gz", gzip.compress(f'{{"a": 1}}\n{secret}\n'.encode()))
    assert stopped.value.status == cli.NO


def test_a_secret_in_a_name_stops_the_bundle(tool, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada@example.com.log").write_text("x")
    ran = tool("pack-bundle", "in", "out")
    assert (ran.status, ran.out) == (1, "")
    assert "ada@" not in ran.err


def test_an_archive_that_cannot_be_looked_into_stops_the_bundle():
    with pytest.raises(cli.Stop, match="cannot be searched"):
        pack.clean("x.gz", gzip.compress(b"hello" * 99)[:-20])


def test_a_link_out_of_the_folder_is_not_followed(tool, tmp_path):
    (tmp_path / "secret").write_text("outside")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.log").write_text("inside")
    (tmp_path / "in" / "link.log").symlink_to(tmp_path / "secret")
    assert tool("pack-bundle", "in", "out").status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["MANIFEST.json", "x.log"]


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


@pytest.mark.parametrize(
    "text",
    [
        '{"prompt_tokens":1234567,"completion_tokens":40,"cache_read_tokens":0}',
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


def test_the_bytes_repeat(world):
    first = bundle(world)
    assert first.returncode == 0, first.stderr
    (tgz,) = (world / "out").glob("*.tgz")
    digest = hashlib.sha256(tgz.read_bytes()).hexdigest()
    tgz.unlink()
    subprocess.run(["rm", "-rf", *map(str, (world / "out").iterdir())], check=True)
    (world / "logs" / "usage.jsonl").touch()
    assert bundle(world).returncode == 0
    assert hashlib.sha256(tgz.read_bytes()).hexdigest() == digest


def test_the_manifest_has_every_file_with_its_digest(world):
    assert bundle(world).returncode == 0
    (folder,) = [path for path in (world / "out").iterdir() if path.is_dir()]
    told = {one["path"]: one["sha256"] for one in json.loads((folder / "MANIFEST.json").read_text())["files"]}
    there = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }
    assert told == there
    assert {"VERSIONS.json", "logs/usage.jsonl", "reports/verify-routing.txt", "reports/metrics.json"} <= set(
        there
    )


def test_it_goes_to_downloads_when_there_is_such_a_folder(world):
    (world / "Downloads").mkdir()
    assert bundle(world, BUNDLE_DIR="").returncode == 0
    assert [path.name for path in sorted((world / "Downloads").iterdir())] == [
        "agentos_tmp_review-20261121T090000Z",
        "agentos_tmp_review-20261121T090000Z.tgz",
    ]


def test_a_bundle_is_never_written_over(world):
    assert bundle(world).returncode == 0
    again = bundle(world)
    assert again.returncode == 75
    assert "is there already" in again.stderr
