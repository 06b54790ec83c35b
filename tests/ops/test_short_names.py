"""The short names in the sourced script: written from the table, and the script is up to date."""

from __future__ import annotations

from conftest import ROOT
from tracker import providers
from tracker.ops.docs import short_names


def test_the_script_in_the_repository_is_the_one_that_the_table_writes():
    script = (ROOT / "scripts" / "tracker-aliases.sh").read_text()
    assert short_names.script(script, providers.PROVIDERS) == script


def test_every_provider_has_its_four_names():
    made = short_names.script(short_names.BEGIN + "stale\n" + short_names.END, providers.PROVIDERS)
    assert "stale" not in made
    for one in providers.PROVIDERS:
        for name in (f"{one.letter}s", f"{one.letter}e", f"{one.letter}x", f"{one.letter}s_d"):
            assert f"_tracker_name {name} " in made
