"""The bundle from end to end: secrets planted in every place, none gets out; and the same bytes each time."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from conftest import ROOT, clean_env
from planted import ENDING, PLANTED


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
    project(tmp_path / "clone")
    return tmp_path


def project(folder: Path) -> None:
    """This project with three of its pages: to search all sixty of them takes a bundle ten seconds."""
    (folder / "docs" / "adr").mkdir(parents=True)
    for name in ("bin", "lib", "scripts", ".venv", ".venv-router", "README.md"):
        (folder / name).symlink_to(ROOT / name)
    for page in ("docs/gates.md", "docs/adr/README.md"):
        shutil.copy(ROOT / page, folder / page)


def bundle(world, root: Path | None = None, **env):
    done = subprocess.run(
        [str((root or world / "clone") / "scripts" / "bundle.sh")],
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


@pytest.mark.parametrize("asked_for", ["", "logs/*.log results/*.md"])
def test_forty_secrets_in_eight_texts_and_none_gets_out(world, asked_for):
    assert len(PLANTED) == len(set(PLANTED)) == 40
    for name, shape in TEXT_PLACES:
        with (world / name).open("a") as file:
            file.writelines(shape.format(secret=secret) for secret in PLANTED)
    done = bundle(world, BUNDLE_WITH=asked_for)
    assert done.returncode == 0, done.stderr
    assert ("left out: logs/router-8082.log" in done.stderr) == (not asked_for)
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
    "bzip2": lambda text: bz2.compress(text.encode()),
    "zstandard": lambda text: zstandard.compress(text.encode()),
}


@pytest.mark.parametrize("place", BINARY_PLACES)
def test_a_secret_in_what_is_no_text_stops_the_bundle(world, place):
    secret = PLANTED[0]
    (world / "logs" / "router-1.log").write_bytes(BINARY_PLACES[place](f"some words\n{secret}\n"))
    done = bundle(world, BUNDLE_WITH="logs/*.log")
    assert done.returncode == 1
    assert "router-1.log is no text and holds what looks like a secret" in done.stderr
    assert ENDING not in done.stderr
    assert not (world / "out").exists() or list((world / "out").iterdir()) == []


def test_a_secret_in_a_name_stops_the_bundle(tool, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada@example.com.log").write_text("x")
    ran = tool("pack-bundle", "--with", "*.log", "in", "out")
    assert (ran.status, ran.out) == (1, "")
    assert "ada@" not in ran.err
    ran = tool("pack-bundle", "in", "out")
    assert ran.status == 66
    assert "left out: [redacted e-mail]" in ran.err


def test_a_link_out_of_the_folder_is_not_followed(tool, tmp_path):
    (tmp_path / "secret").write_text("outside")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.log").write_text("inside")
    (tmp_path / "in" / "link.log").symlink_to(tmp_path / "secret")
    assert tool("pack-bundle", "--with", "*.log", "in", "out").status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["MANIFEST.json", "x.log"]


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


@pytest.mark.slow
def test_the_manifest_has_every_file_with_its_digest_and_the_projects_pages_are_among_them(world):
    assert bundle(world, ROOT).returncode == 0
    (folder,) = [path for path in (world / "out").iterdir() if path.is_dir()]
    told = {one["path"]: one["sha256"] for one in json.loads((folder / "MANIFEST.json").read_text())["files"]}
    there = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }
    assert told == there
    reports = {f"reports/{name}" for name in ("verify-routing.txt", "metrics.json")}
    assert {"VERSIONS.json", "logs/usage.jsonl"} | reports <= there.keys()
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert pages and pages <= there.keys()


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
