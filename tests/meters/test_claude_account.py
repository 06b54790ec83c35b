"""Claude's usage as JSON, asked for or saved."""

from __future__ import annotations

import pytest

from meter_texts import name_of, reads_as_noted, texts


@pytest.mark.parametrize("path", texts("claude-get_usage", "claude-oauth_usage"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)
