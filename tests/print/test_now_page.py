"""The page of quotas: it fits, says what is known, and does not say what is not."""

from datetime import UTC, datetime, timedelta

from tracker.meters.claude_banner import LimitReached
from tracker.money.working_hours import PerHour, WorkSeen
from tracker.outlook.found_readings import SeenLimit
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
    assert "binds first: full on Thu 14:00 (Wed 20:00 .. Sat 09:00)" in text
    assert "38 % used, 62 % left, resets Sun 09:00" in text
    assert "12.2 points a working hour (9.0 .. 15.5); 41 h on 12 days" in text
    assert now_page.line([quota(ahead)], NOW) == "claude week 38 % full Thu 14:00"


def test_what_is_not_full_in_most_futures_stays_below_and_says_when_at_the_earliest():
    ahead = Ahead(0.3, NOW + timedelta(hours=72), None, None, 0, 22, 35)
    text = now_page.page([quota(ahead)], NOW)
    assert "stays below: 22 % unused (0 .. 35); full at the earliest Sat 09:00" in text


def test_an_end_beyond_the_reset_is_the_reset():
    ahead = Ahead(0.6, NOW + timedelta(hours=1), NOW + timedelta(hours=72), None, 0, 0, 35)
    assert "full on Sat 09:00 (Wed 10:00 .. the reset)" in now_page.page([quota(ahead)], NOW)


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


def test_an_end_of_an_interval_on_another_day_has_that_day():
    ahead = Ahead(
        0.9, NOW + timedelta(hours=2), NOW + timedelta(hours=29), NOW + timedelta(hours=31), 0, 0, 4
    )
    assert "full on Thu 14:00 (Wed 11:00 .. 16:00)" in now_page.page([quota(ahead)], NOW)


def test_a_weekday_that_comes_twice_until_then_has_its_date():
    ahead = Ahead(0.9, NOW + timedelta(days=2), NOW + timedelta(days=20), NOW + timedelta(days=21), 0, 0, 4)
    text = now_page.page([quota(ahead, quota="monthly", resets_at=NOW + timedelta(days=25))], NOW)
    assert "full on Tue 15 Dec 09:00 (Fri 09:00 .. Wed 16 Dec 09:00)" in text


def test_without_a_gauge_the_hours_of_work_are_said_and_what_was_reached():
    hour = PerHour(1234567.8, None, None), PerHour(3.456, 2.0, 5.0)
    work = WorkSeen("claude", None, NOW - timedelta(days=7), 1200, 20.25, 4, *hour, [])
    limit = SeenLimit(NOW - timedelta(hours=1), None, LimitReached(None, NOW + timedelta(hours=3), "…"))
    text = now_page.page([], NOW, without_gauge=["claude"], work=[work], not_named=[limit])
    for words in (
        "last 7 days: 1,200 requests in 20.25 h of work on 4 days",
        "1,234,568 tokens a working hour",
        "3.46 (2.00 .. 5.00) USD a working hour by the list; a plan bills none of it",
        "claude: a limit was reached at 08:00, resets 12:00;",
        "which one, Claude Code did not write down",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_model_without_a_price_leaves_no_money_and_no_zero():
    work = WorkSeen("claude", None, NOW, 2, 0.5, 1, PerHour(10.0, None, None), None, ["claude-new-9"])
    text = now_page.page([], NOW, without_gauge=["claude"], work=[work])
    assert "no price is known of claude-new-9" in text and "USD" not in text


def test_one_reading_is_one_reading():
    assert "1 reading in 1 day\n" in now_page.page([quota(readings=1, days=0.9)], NOW)


def test_what_is_nearly_full_is_not_said_to_be_full_beside_what_is_left():
    text = now_page.page([quota(Ahead(0.2, None, None, None, 0, 0, 0.3), used=99.7)], NOW)
    assert "99 % used, 1 % left" in text
    assert now_page.line([quota(used=99.7)], NOW) == "claude week 99 %"


def test_a_quota_that_was_reset_fits_the_page():
    away = quota(
        None,
        "it was reset",
        used=None,
        reset_at=NOW - timedelta(days=2),
        seen_at=NOW - timedelta(days=3, hours=23),
    )
    assert max(map(len, now_page.page([away], NOW).splitlines())) <= 80


def test_the_widest_outlook_fits_the_page():
    ahead = Ahead(0.3, NOW + timedelta(days=20), None, None, 0, 100, 100)
    text = now_page.page([quota(ahead, quota="monthly", used=0.0, resets_at=NOW + timedelta(days=25))], NOW)
    assert "full at the earliest Tue 15 Dec 09:00" in text
    assert max(map(len, text.splitlines())) <= 80


def test_every_client_without_a_gauge_fits_the_page():
    text = now_page.page([], NOW, without_gauge=["claude", "codex", "glm"])
    assert max(map(len, text.splitlines())) <= 80
