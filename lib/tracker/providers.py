"""Who sells a plan: one row a provider, from which everything that is one per provider derives.

A row says by which words a usage text is known, which quota is the provider's capacity, what to do
about a text that is no reading, and who answers when the meter is read live.  `capture`, `tracker
ingest` and `alias`, the options `--NAME-features`, schedules, windows, the replay's budgets, short
names, completions and docs follow from it: a provider is a row here, a file in `meters/` for each
text that it prints, and texts of our own making in tests/fixtures/meters.

Standard library only, and little of it: a tool that reads a pane must start like one.
"""

from __future__ import annotations

from datetime import timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class QuotaSpan:
    """A kind of quota: how long until it is full again, and what it is called."""

    __slots__ = ("length", "period", "words")

    def __init__(self, length: timedelta, words: str, period: str | None = None) -> None:
        self.length = length
        self.words = words  # in notes: five-hour:reset-between
        self.period = period  # in budgets: claude=60/5h; None: no budget is of it


# Percent.  Plans have been seen to show 160 %; what is beyond this is another number, for example the
# epoch of the reset, which some clients have put in the percentage's place.
MOST_PCT = 1000.0
DAY = timedelta(days=1)
SPANS = {
    "five_hour": QuotaSpan(timedelta(hours=5), "five-hour", "5h"),
    "daily": QuotaSpan(DAY, "daily", "day"),
    "weekly_all": QuotaSpan(7 * DAY, "weekly", "week"),
    "weekly_scoped": QuotaSpan(7 * DAY, "weekly-scoped"),
    "monthly": QuotaSpan(31 * DAY, "monthly", "month"),
    "credits": QuotaSpan(31 * DAY, "credits"),
    "extra_usage": QuotaSpan(31 * DAY, "extra-usage"),
}


class CapacityQuota:
    """One of the quotas that can be a provider's capacity: the whole plan's, or a pool's of that name.

    >>> CapacityQuota("daily", "pro").fits("daily", "gemini-2.5-pro"), CapacityQuota("daily").fits("daily", "gemini-2.5-pro")
    (True, False)
    """

    __slots__ = ("meter", "pool")

    def __init__(self, meter: str, pool: str = "default") -> None:
        self.meter = meter
        self.pool = pool  # `default`, or a part of the pool's name

    def fits(self, meter: str, pool: str) -> bool:
        """Say whether a meter is this quota."""
        named = pool == self.pool if self.pool == "default" else self.pool in pool.lower()
        return meter == self.meter and named


class Surface:
    """A text that is read: its name, the file of `meters/` that reads it, the words it is known by.

    The first surface whose words all stand in a text decides, so the certain ones come first.  The
    words are looked for without blanks and in small letters; a surface without words takes what is left.
    """

    __slots__ = ("file", "name", "words")

    def __init__(self, name: str, file: str, *words: str) -> None:
        self.name, self.file, self.words = name, file, words


class Provider:
    """One provider of a plan."""

    __slots__ = ("advice", "capacity", "gauges", "lane", "letter", "live", "models", "name", "surfaces")

    def __init__(
        self,
        name: str,
        *,
        letter: str,
        capacity: Sequence[CapacityQuota],
        surfaces: Sequence[Surface],
        models: str,
        live: str = "",
        advice: Mapping[str, str] | None = None,
        lane: str = "",
        gauges: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.name = name
        self.letter = letter  # of the short names: `as`, `ae` and `ax` are Claude's
        self.capacity = tuple(capacity)  # the first that a reading shows is what a window's points are of
        self.surfaces = tuple(surfaces)
        self.models = models  # what its models' names begin with
        self.live = live  # why the meter can only be pasted; empty: read-meter.sh asks
        self.advice = advice or {}  # what to do about a refusal, where it is not the same for all
        self.lane = lane  # whose replies carry its gauges
        self.gauges = gauges or {}  # (quota, pool) of each name in those replies' headers

    @property
    def option(self) -> str:
        """The option that counts its features: `--claude-features`."""
        return f"--{self.name}-features"

    def surface_names(self) -> list[str]:
        """Return the names of the texts that are read."""
        return sorted({surface.name for surface in self.surfaces})


REPORTS = ("daily", "weekly", "monthly", "session", "sessions")  # of ccusage, that are no meter

PROVIDERS = (
    Provider(
        "claude",
        letter="a",
        capacity=[CapacityQuota("five_hour")],
        models="claude",
        advice={
            "no_subscription": "unset ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN and sign in with the plan",
        },
        surfaces=[
            Surface("monitor", "claude_monitor", '"name":"claude-monitor"'),
            Surface("monitor", "claude_monitor", "tool.name=claude-monitor"),
            Surface("monitor", "claude_monitor", "claudecodeusagemonitor"),
            Surface("headers", "claude_headers", "anthropic-ratelimit-unified-"),
            Surface("statusline", "claude_statusline", '"rate_limits":', '"used_percentage":'),
            Surface("get_usage", "claude_account", '"control_response"'),
            Surface("oauth_usage", "claude_account", '"utilization":'),
            Surface("oauth_usage", "claude_account", '"limits":[', '"kind":"session"'),
            Surface("statusline", "claude_statusline", '{"', '"context_window":'),
            Surface("statusline", "claude_statusline", '{"', '"transcript_path":', '"model":{'),
            Surface("oauth_usage", "claude_account", '{"five_hour":null'),
            Surface("ccusage", "ccusage", '"blocks":['),
            *(Surface("ccusage", "ccusage", f'"{name}":[', '"totaltokens":') for name in REPORTS),
            Surface("markdown", "claude_markdown", "5-hourlimit**", "%**"),
            Surface("markdown", "claude_markdown", "5-hourlimit—"),
            Surface("print", "claude_usage", "currentsession:"),
            Surface("print", "claude_usage", "currentweek(allmodels):"),
            Surface("tui", "claude_usage", "currentweek("),
            Surface("tui", "claude_usage", "(allmodels)"),
            Surface("web", "claude_web", "allmodels", "%used"),
            Surface("tui", "claude_usage", "currentsession"),
            Surface("banner", "claude_banner", "limitreached"),
            Surface("banner", "claude_banner", "hityour", "limit"),
            Surface("banner", "claude_banner", "reachedyour", "limit"),
            Surface("banner", "claude_banner", "outofextrausage"),
            Surface("monitor", "claude_monitor", "·5h"),
            Surface("tui", "claude_usage"),
        ],
        lane="anthropic",
        gauges={
            "5h": ("five_hour", "default"),
            "7d": ("weekly_all", "default"),
            "7d_oi": ("weekly_scoped", "Fable"),  # only on replies of that model: its absence says nothing
            "7d_sonnet": ("weekly_scoped", "Sonnet"),
            "7d_opus": ("weekly_scoped", "Opus"),
        },
    ),
    Provider(
        "codex",
        letter="o",
        # Some plans have no five-hour window, and some have a month and nothing else.
        capacity=[
            CapacityQuota("five_hour"),
            CapacityQuota("weekly_all"),
            CapacityQuota("monthly"),
            CapacityQuota("credits"),
        ],
        models="gpt",
        advice={
            "auth_error": "run `codex login`, then read again",
            "no_panel": "run /status in Codex and copy the card, or use `read-meter codex`",
        },
        surfaces=[
            Surface("app_server", "codex_limits", '"ratelimits'),
            Surface("rollout", "codex_limits", '"token_count"'),
            Surface("usage", "codex_limits", '"rate_limit":'),
            Surface("error", "codex_error", '"usage_limit_reached"'),
            Surface("error", "codex_error", "hityourusagelimit", "tryagain"),
            Surface("app_server", "codex_limits", '"jsonrpc"'),
            Surface("app_server", "codex_limits", '{"id":', '"error":'),
            Surface("app_status", "codex_status", "7dlimit:"),
            Surface("status", "codex_status"),
        ],
    ),
    Provider(
        "glm",
        letter="z",
        capacity=[CapacityQuota("five_hour"), CapacityQuota("weekly_all"), CapacityQuota("monthly")],
        models="glm",
        advice={
            "auth_error": "check ZAI_API_KEY (environment or .env), then read again",
            "no_subscription": "see that the account of ZAI_API_KEY has a coding plan or a balance, then read again",
            "no_panel": "pipe in what `read-meter glm` prints",
            "not_available": "read again in a minute; if it stays so, see the plan's page of ZAI_API_KEY's account",
            "incomplete": "pipe in the whole answer, as `read-meter glm` prints it",
        },
        surfaces=[
            Surface("quota", "glm_quota", '"limits":['),
            Surface("quota", "glm_quota", '"limits":null'),
            Surface("ccusage", "ccusage", '"blocks":['),
            *(Surface("ccusage", "ccusage", f'"{name}":[', '"totaltokens":') for name in REPORTS),
            Surface("router", "glm_router", '"kind":"usage"'),
            Surface("error", "glm_error"),
        ],
    ),
    Provider(
        "gemini",
        letter="g",
        # One quota of requests for all models, or one for each; newer clients name tiers instead of models.
        capacity=[CapacityQuota("daily"), CapacityQuota("daily", "pro"), CapacityQuota("daily", "flash")],
        models="gemini",
        advice={"no_panel": "open /stats in Gemini CLI (or /model since 0.38) and copy the whole card"},
        surfaces=[
            Surface("model", "gemini_stats", "modelusage", "resets:"),
            Surface("stats", "gemini_stats"),
        ],
        live="it shows its quota on a screen only; open /stats (or /model since 0.38) and paste it into `capture gemini`",
    ),
)
BY_NAME = {provider.name: provider for provider in PROVIDERS}
NAMES = tuple(BY_NAME)
