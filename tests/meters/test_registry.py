"""Recognising a text: by the words of the provider's row, the certain ones first."""

from __future__ import annotations

import pytest

from conftest import ROOT
from meter_texts import FIXTURES, texts
from tracker import providers
from tracker.meters import ADVICE, registry, text


def test_every_surface_has_texts_of_its_own():
    surfaces = {f"{one.name}-{name}" for one in providers.PROVIDERS for name in one.surface_names()}
    assert {path.name for path in FIXTURES.iterdir()} == surfaces
    assert all(texts(name) for name in surfaces)


def test_every_refusal_word_has_an_advice_and_a_paragraph():
    told = (ROOT / "docs" / "meters.md").read_text()
    for word in ADVICE:
        assert f"`{word}`" in told
    for provider in providers.PROVIDERS:
        assert set(provider.advice) <= set(ADVICE)


@pytest.mark.parametrize("path", texts(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_named_surface_is_read_by_the_file_that_recognising_it_finds(path):
    provider = providers.BY_NAME[path.parent.name.split("-")[0]]
    found = registry.recognise(provider, text.squeeze(path.read_text()))
    assert registry.named(provider, found.name, found) is found
    assert hasattr(registry.load(found), "parse")


def test_a_surface_that_was_not_recognised_can_be_named():
    claude = providers.BY_NAME["claude"]
    found = registry.recognise(claude, "nothing of the kind")
    assert found.name == "tui"
    assert registry.named(claude, "web", found).file == "claude_web"
