"""A repository with one commit before the work."""

from __future__ import annotations

import pytest

from histories import WORDS, Repo


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


@pytest.fixture
def base(repo):
    return repo.commit("base", -1, app__py=["import this", *WORDS[40:50]])
