"""The page of quotas: it fits, says what is known, and does not say what is not."""

from datetime import UTC, datetime, timedelta

from tracker.outlook.quota_outlook import Ahead, Burn, QuotaOutlook
from tracker.print import now_page

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
BURN = Burn(12.25, 9.0, 15.5, 41.2, 12)


def quota(ahead=None, lacks=None, burn=BURN, used=38.0, reset_at=None, **more):
    known = used is not None
    fields = {
        "provider": "claude",
        "account": None,
        "quota": "weekly_all",
        "pool": "default",
        "used_pct": used,
        "left_pct": 100 - used if known else None,
        "seen_at": NOW - timedelta(minutes=3),
        "source": "statusline",
        "resets_at": NOW + timedelta(days=4) if known else None,
        "reset_at": reset_at,
        "readings": 1234,
        "days": 28.2,
        "burn": burn,
        "ahead": ahead,
        "lacks": lacks,
    }
    return QuotaOutlook(**fields | more)


def test_full_is_said_with_its_interval_and_whether_it_binds(monkeypatch):
    ahead = Ahead(
        0.9, NOW + timedelta(hours=11), NOW + timedelta(hours=29), NOW + timedelta(hours=72), 0, 0, 4
    )
    text = now_page.page([quota(ahead, binds_first=True)], NOW)
    assert "binds first: full on Thu 14:00 (20:00 .. Sat 09:00)" in text
    assert "38 % used, 62 % left, resets Sun 09:00" in text
    assert "12.2 points a working hour (9.0 .. 15.5); 41 h on 12 days" in text
    assert now_page.line([quota(ahead)], NOW) == "claude week 38 % full Thu 14:00"


def test_what_is_not_full_in_most_futures_stays_below_and_says_when_at_the_earliest():
    ahead = Ahead(0.3, NOW + timedelta(hours=72), None, None, 0, 22, 35)
    text = now_page.page([quota(ahead)], NOW)
    assert "stays below: 22 % unused (0 .. 35); full at the earliest Sat 09:00" in text


def test_an_end_beyond_the_reset_is_the_reset():
    ahead = Ahead(0.6, NOW + timedelta(hours=1), NOW + timedelta(hours=72), None, 0, 0, 35)
    assert "full on Sat 09:00 (10:00 .. the reset)" in now_page.page([quota(ahead)], NOW)


def test_what_is_lacking_is_said_instead_of_a_guess():
    text = now_page.page([quota(lacks="too few readings (3 h on 1 days)", burn=None)], NOW)
    assert "too few readings" in text
    assert "full on" not in text and "working hour" not in text


def test_after_a_reset_no_percent_is_said():
    text = now_page.page([quota(used=None, reset_at=NOW - timedelta(hours=1), lacks="one reading more")], NOW)
    assert "reset at 08:00, not read since" in text
    assert "% used" not in text
    assert now_page.line([quota(used=None)], NOW) == "claude week reset"


def test_the_widest_page_fits_80_columns():
    ahead = Ahead(0.3, NOW + timedelta(days=3), None, None, 0, 22, 35)
    wide = quota(ahead, account=".claude-somewhere", quota="weekly_scoped", pool="Sonnet", used=100.0)
    assert max(map(len, now_page.page([wide, quota(ahead)], NOW).splitlines())) <= 80
    assert max(map(len, now_page.page([], NOW).splitlines())) <= 80
    assert now_page.page([wide], NOW, markdown=True).startswith("```\n")


def test_a_pace_without_an_interval_is_not_printed():
    """One reading of 48 % had been `48.0 points a working hour; 1 h on 1 days`."""
    burn = Burn(3100.0, None, None, 0.02, 1)
    assert "working hour" not in now_page.page([quota(lacks="too few readings", burn=burn)], NOW)
    assert "working hour" in now_page.page([quota(lacks="too few readings")], NOW)
