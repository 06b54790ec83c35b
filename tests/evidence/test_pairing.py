"""Windows into blocks: complete ones in the order in which they ended, the others with why."""

from __future__ import annotations

from tracker.evidence.pairing import arm_of, capacity_bounds, columns, pair
from verdict_rows import A, B, blocks, window


def paired(some):
    return pair(*(arm_of(one for one in some if one.methodology == arm) for arm in (A, B)))


def test_blocks_come_in_the_order_in_which_they_ended():
    found = paired(blocks(12)[::-1])
    assert [block.name for block in found.blocks] == [str(i) for i in range(12)]
    fa, ca, fb, cb = columns(found.blocks)
    assert (fa[0], ca[1], fb[0], cb[1]) == (3, 41, 3, 21)
    assert [len(column) for column in columns([])] == [0, 0, 0, 0]


def test_what_is_no_block_says_why():
    some = [
        window("a", A, block=1),
        window("b", A, block=2),
        window("c", B, block="2", errors=["negative-delta"]),
        window("d", A, block=3),
        window("e", A, block=3),
        window("f", B, block=3),
        window("g", B),
    ]
    found = paired(some)
    assert [(block.name, block.why) for block in found.broken] == [
        ("1", "no candidate window"),
        ("2", "c: negative-delta"),
        ("3", "several baseline windows"),
    ]
    assert [block.name for block in found.loose] == ["g"] and not found.blocks


def test_what_is_known_of_a_windows_points():
    assert capacity_bounds(window("W", points=12.0)) == (12, 12)
    assert capacity_bounds(window("W", points=None)) == (0, 100)
    assert capacity_bounds(window("W", points=None, capacity_low_pp=3, capacity_high_pp=15)) == (3, 15)
    assert capacity_bounds(window("W", points=0.0)) == (0, 100)
    assert capacity_bounds(window("W", features=0.0, points=0.0)) == (0, 0)


def test_contiguous_windows_begin_where_the_one_before_ended():
    from datetime import timedelta

    from verdict_rows import START

    hours = [START + timedelta(hours=i) for i in range(3)]
    first, second = (window(f"W{i}", started_at=hours[i], ended_at=hours[i + 1]) for i in range(2))
    assert arm_of([first, second]).contiguous and not arm_of([second, first]).contiguous
    assert arm_of([first]).total("glm_pp") is None and len(arm_of([first, second]).numbers()[0]) == 2
