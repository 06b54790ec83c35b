"""The status screen: it fits, and says the same in one line."""

from datetime import UTC, datetime, timedelta

from tracker.print import status_page
from tracker.workday import dealt_windows, standing

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_the_widest_screen_fits_80_columns():
    quota = standing.Quota(
        "claude", "weekly_all", "default", 3.0, NOW + timedelta(days=5), NOW - timedelta(hours=9), False
    )
    turn = dealt_windows.WindowTurn(
        "W0-MITM-01", "mitm_offload", 1, 1, [f"F-{n}" for n in range(30)], "to do"
    )
    opened = standing.OpenWindow(
        "W0-CL-01",
        "claude",
        "stock_anthropic",
        NOW,
        turn.tasks,
        {"anthropic": 9},
        None,
        NOW,
        None,
        ["z" * 70],
        None,
    )
    made = standing.Standing(
        NOW, "main", opened, ["W9"], [quota], 4, 12, 3, 1, 6, 5, turn, ["x" * 30 + " y" * 60]
    )
    screen = status_page.render(made, "app", 3, "straight to Anthropic")
    assert max(map(len, screen.splitlines())) <= 80
    assert status_page.line(made).startswith("W0-CL-01 0 s · claude week 97 % left")


def test_nothing_open_is_said():
    made = standing.Standing(NOW, "main", None, [], [], None, 0, 0, 0, None, None, None, [])
    assert status_page.line(made) == "no window is open\n".strip()
