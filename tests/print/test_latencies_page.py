"""Two runs' latencies as a table."""

from __future__ import annotations

from tracker.print import latencies_page

ONE = {"lane": "zai", "op": "stream", "quantile": "p50", "first_n": 40, "second_n": 41, "first_ms": 119.5}
ONE |= {"second_ms": 129.5, "difference_ms": 10.0, "low_ms": 4.0, "high_ms": 16.0}


def test_a_difference_has_its_sign_its_bounds_and_both_counts():
    compared = {
        "first": "before",
        "second": "after",
        "differences": [ONE, ONE | {"difference_ms": -1.0, "low_ms": None, "high_ms": None}],
    }
    lines = latencies_page.render(compared, markdown=True).splitlines()
    assert [cell.strip() for cell in lines[0].strip("|").split("|")][4:6] == ["before", "after"]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert cells[0] == ["zai", "stream", "p50", "40, 41", "120", "130", "+10.00", "4.00..16.0"]
    assert cells[1][-2:] == ["-1.00", "n/a"]


def test_nothing_to_compare_is_a_table_without_rows():
    assert latencies_page.render({"first": "a", "second": "b", "differences": []}).count("\n") <= 3
