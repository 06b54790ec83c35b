"""`make audit`: what was not looked up has not passed."""

from __future__ import annotations

import pytest

from conftest import ROOT, clean_env, run
from tracker import cli
from tracker.ops import advisories

GOOD = {"name": "attrs", "version": "26.1.0", "vulns": []}
BAD = {"name": "h11", "version": "0.14.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["0.16.0"]}]}
UNKNOWN = {"name": "numpy", "skip_reason": "not found"}


def judge(*packages):
    return advisories.judge([{"dependencies": list(packages)}])


def test_packages_without_an_advisory_are_counted_once_however_many_files_pin_them():
    assert advisories.judge([{"dependencies": [GOOD]}, {"dependencies": [GOOD]}]) == (1, [])


def test_an_advisory_is_told_with_what_repairs_it_even_when_others_were_not_found():
    assert judge(GOOD, BAD, UNKNOWN).advisories == ["h11 0.14.0: GHSA-1, repaired in: 0.16.0"]


@pytest.mark.parametrize("packages", [(), (UNKNOWN,), (GOOD, UNKNOWN)])
def test_what_could_not_be_looked_up_has_not_passed(packages):
    with pytest.raises(cli.Stop) as stop:
        judge(*packages)
    assert stop.value.status == cli.NOTHING


def test_an_index_that_is_not_reached_is_said_and_is_no_pass(tmp_path):
    pins = tmp_path / "pins.txt"
    pins.write_text("attrs==26.1.0 --hash=sha256:" + 64 * "0" + "\n")
    env = clean_env(tmp_path, HTTPS_PROXY="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9")
    ran = run([str(ROOT / "scripts" / "audit"), str(pins)], cwd=tmp_path, env=env)
    assert (ran.status, ran.out) == (75, "")
    assert ran.err.startswith(f"audit: pip-audit made no report of {pins} (")
    assert ran.err.endswith("; try again later\n")
    assert len(ran.err.splitlines()) == 1
