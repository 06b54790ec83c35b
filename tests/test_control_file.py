"""What a control file says, and what was set in it between two looks."""

import pytest

from tracker.control_file import set_anew, settings_in


def test_a_line_that_is_no_setting_is_told():
    with pytest.raises(ValueError, match="pause"):
        settings_in("A=1\npause\n")


def test_what_was_written_last_is_what_was_set():
    assert set_anew({"a": "0", "b": "1", "c": "2"}, {"a": "0", "c": "2", "b": "1"}) == {"b"}
    assert set_anew({"a": "0", "b": "1"}, {"b": "1", "a": "2"}) == {"a"}
    assert set_anew({}, {"a": "0"}) == {"a"}
    assert set_anew({"a": "0"}, {}) == set()
