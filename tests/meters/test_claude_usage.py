"""The /usage screen and its printed form."""

from __future__ import annotations

import pytest

from meter_texts import name_of, reads_as_noted, texts


@pytest.mark.parametrize("path", texts("claude-tui", "claude-print"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)
