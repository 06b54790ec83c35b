"""Every kind of row, declared once.

A row is one JSON object on one line that names its own `kind`.  From these declarations come the
checking of rows, their JSON Schema and docs/rows.md.  A field is added with a default; it is never
renamed and never dropped.  `null` means not known, never 0.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tracker import providers
from tracker.import_msgspec import msgspec

Meta = msgspec.Meta

SCHEMA_VERSION = 1

Time = Annotated[datetime, Meta(tz=True, description="RFC 3339 with a zone; written in UTC")]
Percent = Annotated[float, Meta(ge=0, description="percent used, 0 and up (over 100 is possible)")]
Share = Annotated[float, Meta(ge=0, le=1, description="0..1")]
Count = Annotated[int, Meta(ge=0, le=2**53)]  # what every JSON reader keeps exact
Amount = Annotated[float, Meta(ge=0)]
# Upper ends are generous: what lies beyond is a slip of the keyboard, and sums of it would overflow.
Points = Annotated[float, Meta(ge=0, le=1000)]  # of a quota
Features = Annotated[float, Meta(ge=0, le=1e6)]
Credits = Annotated[float, Meta(ge=0, le=1e9)]
Money = Annotated[float, Meta(ge=0, le=1e6)]  # USD
Milliseconds = Annotated[float, Meta(ge=0, le=1e9)]
Requests = Annotated[int, Meta(ge=0, le=10**12)]
Ratio = Annotated[float, Meta(gt=0, le=1000)]
Percent100 = Annotated[float, Meta(ge=0, le=100)]
HttpStatus = Annotated[int, Meta(ge=0, le=999)]
if TYPE_CHECKING:  # a type checker reads no table
    Provider = str
    Quota = str
else:
    Provider = Literal[providers.NAMES]
    Quota = Literal[tuple(providers.SPANS)]
# A word of tracker/lanes.py or of the user's lanes file.  Its readers say so of a lane that no table has.
Lane = Annotated[str, Meta(min_length=1, max_length=40)]
Phase = Literal["before", "after"]
Unit = Literal["block", "task"]


# The arm whose router offloads by what is left of the quota; an experiment of several rules adds a word to each.
BY_QUOTA = "mitm_quota"


def is_by_quota(methodology: str | None) -> bool:
    """Say whether a methodology is an arm that offloads by what is left.

    >>> [is_by_quota(name) for name in ("mitm_quota", "mitm_quota_80", "mitm_offload", None)]
    [True, True, False, False]
    """
    return methodology is not None and (methodology == BY_QUOTA or methodology.startswith(f"{BY_QUOTA}_"))


class Row(msgspec.Struct, kw_only=True, tag_field="kind"):
    """What every row carries; `ledger-append` fills the stamps."""

    ts: Annotated[Time, Meta(description="when it happened")]
    schema_version: Annotated[int | None, Meta(description="stamp: version of these declarations")] = None
    tool_version: Annotated[str | None, Meta(description="stamp: version of the tool that appended")] = None
    source: Annotated[
        Literal["alias", "ingest", "automation"] | None, Meta(description="stamp: what recorded it")
    ] = None
    agent_id: Annotated[str | None, Meta(description="stamp: AGENT_ID of the shell, default main")] = None
    row_id: Annotated[str | None, Meta(description="stamp: name of this row, for undo and supersedes")] = None
    supersedes: Annotated[str | None, Meta(description="row_id of the row that this one replaces")] = None
    recorded_at: Annotated[Time | None, Meta(description="stamp: when it was appended")] = None
    batch: Annotated[
        str | None,
        Meta(description="stamp: the call that appended it and its rows, `id/rows`; null for one row"),
    ] = None
    prev_sha256: Annotated[
        str | None, Meta(description="stamp: SHA-256 of the line before it in the same file")
    ] = None


class Meter(msgspec.Struct, kw_only=True):
    """One quota as a provider shows it: always percent used, whatever the pane's own sense."""

    meter: Annotated[Quota, Meta(description="which quota")]
    used_pct: Annotated[Percent | None, Meta(description="percent of the quota used")] = None
    pool: Annotated[str, Meta(description="whose quota: `default`, or a model or pool name")] = "default"
    resets_at: Annotated[Time | None, Meta(description="instant of the reset, when shown")] = None
    resolution_pp: Annotated[Amount, Meta(description="smallest step that the source shows, points")] = 1.0
    label: Annotated[str | None, Meta(description="the row's own words")] = None
    used: Annotated[Amount | None, Meta(description="units used, when the source counts them")] = None
    total: Annotated[Amount | None, Meta(description="units in the quota, when the source counts them")] = (
        None
    )
    since_low_pp: Annotated[
        Points | None, Meta(description="points used since the first reading, at least")
    ] = None
    since_high_pp: Annotated[
        Points | None, Meta(description="points used since the first reading, less than")
    ] = None


class Tick(msgspec.Struct, kw_only=True):
    """The instant at which a quota's percentage was first seen to have moved."""

    ts: Annotated[Time, Meta(description="when the reply that showed it ended")]
    meter: Annotated[str, Meta(description="which quota, as in Meter")]
    used_pct: Annotated[Percent, Meta(description="percent used from then on")]
    pool: Annotated[str, Meta(description="whose quota, as in Meter")] = "default"


class Snapshot(Row, tag="snapshot"):
    """One reading of a provider's meters."""

    provider: Annotated[Provider, Meta(description="whose meters")]
    surface: Annotated[str, Meta(description="which text was read, for example tui, print, quota")]
    meters: Annotated[
        list[Meter], Meta(min_length=1, description="what was shown; a meter not shown is absent")
    ]
    window: Annotated[str | None, Meta(description="window id")] = None
    phase: Annotated[Phase | None, Meta(description="before or after the work")] = None
    status: Annotated[Literal["ok", "ok_partial"], Meta(description="whether every usual row was there")] = (
        "ok"
    )
    flags: Annotated[
        list[str], Meta(description="what a reader should know, for example multi-pane-trimmed")
    ] = []
    plan: Annotated[str | None, Meta(description="the plan's name, when shown")] = None
    person: Annotated[
        str | None,
        Meta(description="a label for whose reading it is, where several ledgers are read together"),
    ] = None
    account: Annotated[str | None, Meta(description="a label for the account; never an e-mail address")] = (
        None
    )
    client_version: Annotated[str | None, Meta(description="the client's version, when shown")] = None
    credits: Annotated[Amount | None, Meta(description="bought credits that are left, when shown")] = None
    ticks: Annotated[
        list[Tick], Meta(description="every move since the first reading, when the source dates them")
    ] = []
    notes: Annotated[list[str], Meta(description="the operator's words")] = []
    raw_sha256: Annotated[str | None, Meta(description="SHA-256 of the text that was read")] = None
    feature_id: Annotated[
        str | None,
        Meta(description="the task at whose start (before) or end (after) it was read, within its window"),
    ] = None


class Window(Row, tag="window"):
    """One finished window: what was delivered, and what it used."""

    window: Annotated[str, Meta(min_length=1, description="window id")]
    methodology: Annotated[
        str, Meta(min_length=1, description="the experiment's arm, for example mitm_offload")
    ]
    provider: Annotated[str, Meta(min_length=1, description="whose capacity it used first of all")]
    features: Annotated[Features, Meta(description="features delivered")]
    capacity_pp: Annotated[Points | None, Meta(description="percentage points of the quota used")] = None
    capacity_quota: Annotated[
        str,
        Meta(
            description="which quota the points are of, as in Meter, a pool's name behind it; points of "
            "different quotas are different units"
        ),
    ] = "five_hour"
    capacity_low_pp: Annotated[
        Points | None, Meta(description="its lower bound, when only bounds are known")
    ] = None
    capacity_high_pp: Annotated[Points | None, Meta(description="its upper bound")] = None
    weekly_pp: Annotated[Points | None, Meta(description="points of the weekly quota used")] = None
    glm_credits: Annotated[Credits | None, Meta(description="Z.AI credits used")] = None
    glm_pp: Annotated[Points | None, Meta(description="points of Z.AI's five-hour quota used")] = None
    block: Annotated[int | str | None, Meta(description="AB/BA block of the experiment")] = None
    quality_score: Annotated[Share | None, Meta(description="quality of the work, 0..1")] = None
    outcome: Annotated[Literal["pass", "fail", "partial"] | None, Meta(description="how the work ended")] = (
        None
    )
    feature_id: Annotated[str | None, Meta(description="the task, the same in both arms")] = None
    features_by_provider: Annotated[
        dict[str, Features], Meta(description="features as typed: --claude-features and so on")
    ] = {}
    cls: Annotated[float | None, Meta(description="complexity level score of the work, as typed")] = None
    impf: Annotated[float | None, Meta(description="impact factor, as typed")] = None
    commit_start: Annotated[str | None, Meta(description="first commit of the work")] = None
    commit_end: Annotated[str | None, Meta(description="last commit of the work")] = None
    started_at: Annotated[Time | None, Meta(description="time of the BEFORE reading")] = None
    ended_at: Annotated[Time | None, Meta(description="time of the AFTER reading")] = None
    account: Annotated[str | None, Meta(description="a label for the account")] = None
    person: Annotated[
        str | None, Meta(description="a label for who worked, where several ledgers are read together")
    ] = None
    plan: Annotated[
        str | None, Meta(description="the plan whose points they are, as its readings name it")
    ] = None
    glm_plan: Annotated[
        str | None, Meta(description="the GLM plan used beside it, as its readings name it")
    ] = None
    notes: Annotated[list[str], Meta(description="late-after, divergent:ccusage, the operator's words")] = []
    errors: Annotated[
        list[str], Meta(description="negative-delta and the like; such a window has no capacity")
    ] = []


class Churn(Row, tag="churn"):
    """Lines that a window's commits added, and how many were gone again a fortnight later."""

    window: Annotated[str, Meta(description="window id")]
    provider: Annotated[str | None, Meta(description="as typed")] = None
    methodology: Annotated[str | None, Meta(description="as typed")] = None
    commit_start: Annotated[str | None, Meta(description="commit before the work")] = None
    commit_end: Annotated[str | None, Meta(description="last commit of the work")] = None
    added_lines: Annotated[Count | None, Meta(description="lines added in the range")] = None
    deleted_lines: Annotated[Count | None, Meta(description="lines deleted in the range")] = None
    files: Annotated[Count | None, Meta(description="files touched")] = None
    churn_14d: Annotated[Share | None, Meta(description="share of added lines gone within 14 days")] = None
    matures_at: Annotated[Time | None, Meta(description="when churn_14d can be known")] = None
    ignored_commits: Annotated[
        Count | None, Meta(description="commits since the start that .git-blame-ignore-revs names")
    ] = None
    skipped: Annotated[str | None, Meta(description="why nothing was measured")] = None


class Usage(Row, tag="usage"):
    """One `/v1/messages` request through the router, written when its reply ended."""

    model: Annotated[str, Meta(description="model that the client asked for")]
    lane: Annotated[Lane, Meta(description="the upstream that answered")]
    status: Annotated[HttpStatus | None, Meta(description="HTTP status; null when none came")]
    latency_ms: Annotated[
        Amount | None,
        Meta(description="request read to reply ended; null when a client's history does not say"),
    ]
    decision: Annotated[
        str,
        Meta(
            description="why this lane: forced_model forced_class quota quota_class below_mark lane_used_up quota_probe paused off kept …"
        ),
    ]
    op: Annotated[
        Literal["stream", "nonstream", "unknown"],
        Meta(description="how the reply came; unknown in events of the plans' telemetry contract"),
    ]
    timestamp: Annotated[Time | None, Meta(description="the same instant as ts, under the plans' name")] = (
        None
    )
    upstream: Annotated[str | None, Meta(description="the lane, short: anth, zai, kimi …")] = None
    backend_provider: Annotated[
        str | None,
        Meta(description="whose model: glm kimi deepseek …, or Anthropic's family: haiku sonnet opus …"),
    ] = None
    routed_model: Annotated[str | None, Meta(description="model that was asked for upstream")] = None
    session_id: Annotated[str | None, Meta(description="the client's session")] = None
    subagent_id: Annotated[str | None, Meta(description="the client's agent id; null in the main loop")] = (
        None
    )
    agent_type: Annotated[str | None, Meta(description="the client's agent type")] = None
    prompt_id: Annotated[str | None, Meta(description="the client's prompt; attempts share it")] = None
    trace_id: Annotated[str | None, Meta(description="x-client-request-id, else one of the router's own")] = (
        None
    )
    request_class: Annotated[str | None, Meta(description="main subagent auxiliary compaction")] = None
    header_mode: Annotated[
        Literal["x-api-key", "authorization"] | None,
        Meta(description="how the lane's key was sent; null on Anthropic's"),
    ] = None
    force_haiku: Annotated[bool | None, Meta(description="the effective FORCE_HAIKU_TO_ZAI")] = None
    offload_from: Annotated[
        str | None, Meta(description="which setting decided that, and where it stands")
    ] = None
    offload_when: Annotated[
        str | None,
        Meta(description="the OFFLOAD_WHEN in force, as five_hour>80; null: the offload had no condition"),
    ] = None
    h2: Annotated[bool | None, Meta(description="whether the client spoke HTTP/2")] = None
    err_type: Annotated[
        Literal["401", "429", "4xx", "5xx", "net", "timeout", "truncated", "bad_reply"] | None,
        Meta(description="kind of failure; null when there was none"),
    ] = None
    prompt_tokens: Annotated[Count | None, Meta(description="input tokens, caches left out")] = None
    completion_tokens: Annotated[Count | None, Meta(description="output tokens")] = None
    cache_read_tokens: Annotated[Count | None, Meta(description="input tokens read from the cache")] = None
    cache_creation_tokens: Annotated[Count | None, Meta(description="input tokens written to the cache")] = (
        None
    )
    ttfb_ms: Annotated[Amount | None, Meta(description="request read to first byte of the reply")] = None
    request_bytes: Annotated[Count | None, Meta(description="size of the request body")] = None
    response_bytes: Annotated[Count | None, Meta(description="size of the reply body")] = None
    rate_limits: Annotated[
        dict[str, float], Meta(description="unified rate-limit headers that are numbers, e.g. 5h_utilization")
    ] = {}
    rate_limit_status: Annotated[str | None, Meta(description="allowed allowed_warning rejected")] = None
    provider_error: Annotated[
        str | None, Meta(description="type in the reply's error body or error event, if it is one word")
    ] = None
    dropped: Annotated[
        dict[str, float],
        Meta(
            description="how many headers, query parameters and members did not go to the lane, by place and name"
        ),
    ] = {}
    attempts: Annotated[int | None, Meta(description="tries on the offload lane; null on Anthropic's")] = None
    client_status: Annotated[
        int | None, Meta(description="status that the client got, when the router answered for the lane")
    ] = None
    cache_creation_1h_tokens: Annotated[
        Count | None, Meta(description="those of cache_creation_tokens that are kept for an hour")
    ] = None
    project: Annotated[
        str | None, Meta(description="the folder's last part that a client worked in; a label, no path")
    ] = None
    client: Annotated[str | None, Meta(description="the client that wrote it down, and its version")] = None
    client_left: Annotated[bool | None, Meta(description="whether the client left before the end")] = None
    account: Annotated[str | None, Meta(description="a label for the account; never an e-mail address")] = (
        None
    )


class ProxyTelemetry(Row, tag="proxy_telemetry"):
    """One window's requests through the router, summed."""

    window: Annotated[str, Meta(description="window id")]
    total_prompts: Annotated[Requests, Meta(description="requests")]
    errors: Annotated[Requests | None, Meta(description="requests that failed")] = None
    methodology: Annotated[str | None, Meta(description="the experiment's arm")] = None
    total_tokens: Annotated[Count | None, Meta(description="prompt, completion and cache tokens")] = None
    routed_prompts: Annotated[
        Requests | None, Meta(description="requests that another lane than Anthropic's answered")
    ] = None
    routed_to_glm_pct: Annotated[
        Percent100 | None, Meta(description="their share, percent; the plans' name, whichever lane it was")
    ] = None
    routed_by_lane: Annotated[
        dict[str, Requests], Meta(description="requests by lane, Anthropic's left out")
    ] = {}
    offloadable_prompts: Annotated[
        Requests | None, Meta(description="Haiku requests but the quota probe")
    ] = None
    error_rate: Annotated[Share | None, Meta(description="errors / total_prompts")] = None
    mean_latency_ms: Annotated[Milliseconds | None, Meta(description="mean latency")] = None
    p50_latency_ms: Annotated[Milliseconds | None, Meta(description="median latency")] = None
    p95_latency_ms: Annotated[Milliseconds | None, Meta(description="95th percentile of latency")] = None
    first_ts: Annotated[Time | None, Meta(description="first request")] = None
    last_ts: Annotated[Time | None, Meta(description="last request")] = None
    refused_lines: Annotated[Count | None, Meta(description="lines that were no usage row")] = None
    offload_when: Annotated[
        list[str], Meta(description="every OFFLOAD_WHEN that was in force for one of the requests")
    ] = []


class Anomaly(Row, tag="anomaly"):
    """Something that breaks a rule and that a reader of the numbers must know."""

    anomaly: Annotated[str, Meta(min_length=1, description="one word, for example negative-delta")]
    window: Annotated[str | None, Meta(description="window id")] = None
    provider: Annotated[str | None, Meta(description="whose meter or lane")] = None
    detail: Annotated[str | None, Meta(description="what was seen")] = None
    acknowledges: Annotated[str | None, Meta(description="row_id of the anomaly that this one explains")] = (
        None
    )


class Undo(Row, tag="undo"):
    """A tombstone: the row that it names no longer counts, and stays where it is."""

    undoes: Annotated[str, Meta(min_length=1, description="row_id of the row taken back")]
    reason: Annotated[str | None, Meta(description="the operator's words")] = None


# Checks by these names are words about the run; they do not show that a window's work is good.
CHECKPOINT = "checkpoint"  # a plan, mid or final entry
PANEL_VOTE = "panel-vote"  # the result is the vote, `by` whose it is
ERROR_WHITELIST = "error-whitelist"  # the result is the anomaly that is accepted wherever it stands
NO_CHECKS = frozenset({CHECKPOINT, PANEL_VOTE, ERROR_WHITELIST})


class Evidence(Row, tag="evidence"):
    """A check that somebody ran, a panel's vote, or an anomaly that was accepted for the whole run."""

    check: Annotated[
        str, Meta(min_length=1, description="pytest, behave, manual-qa, panel-vote, error-whitelist …")
    ]
    result: Annotated[
        str, Meta(min_length=1, description="pass, fail, the vote, or the anomaly that is accepted")
    ]
    window: Annotated[str | None, Meta(description="window id")] = None
    feature_id: Annotated[str | None, Meta(description="the task")] = None
    detail: Annotated[str | None, Meta(description="figures, a path, a reason")] = None
    by: Annotated[str | None, Meta(description="who voted or decided")] = None


class Feature(Row, tag="feature"):
    """One task of the bank in one arm: reserved, delivered, graded, priced."""

    feature_id: Annotated[str, Meta(min_length=1, description="the task, the same in both arms")]
    window: Annotated[str | None, Meta(description="window id")] = None
    methodology: Annotated[str | None, Meta(description="the experiment's arm")] = None
    provider: Annotated[str | None, Meta(description="who does it")] = None
    capability: Annotated[str | None, Meta(description="entry of the capability map")] = None
    state: Annotated[
        str | None,
        Meta(description="assigned reserved ready started ended delivered failed blocked priced …"),
    ] = None
    blocked_by: Annotated[str | None, Meta(description="capacity, or something else")] = None
    block: Annotated[int | str | None, Meta(description="AB/BA block of the experiment")] = None
    turn: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="place of its window in the block: 1 is done first"),
    ] = None
    predicted_size: Annotated[Amount | None, Meta(description="expected size, lines")] = None
    quality_score: Annotated[Share | None, Meta(description="quality of the work, 0..1")] = None
    cost_usd: Annotated[Money | None, Meta(description="money at dated list prices")] = None
    requests: Annotated[Count | None, Meta(description="requests that the cost adds up")] = None
    as_of: Annotated[str | None, Meta(description="date of the prices")] = None
    points_pp: Annotated[
        Points | None, Meta(description="percentage points of the quota that the task's run used")
    ] = None
    points_low_pp: Annotated[
        Points | None, Meta(description="its lower bound, rounding and the meter's lag included")
    ] = None
    points_high_pp: Annotated[
        Points | None, Meta(description="its upper bound; null when no later reading bounds it")
    ] = None
    points_quota: Annotated[
        str | None, Meta(description="which quota the points are of, as capacity_quota of a window")
    ] = None
    started_at: Annotated[Time | None, Meta(description="when the run of the task began")] = None
    ended_at: Annotated[Time | None, Meta(description="when the run of the task ended")] = None


class Experiment(Row, tag="experiment"):
    """The plan, registered before the data: what will be compared, how often, by which margins.

    docs/statistics.md has the other words in which it may be said, and what is refused.
    """

    baseline: Annotated[str, Meta(description="arm A")] = "stock_anthropic"
    candidate: Annotated[str, Meta(description="arm B")] = "mitm_offload"
    n_blocks: Annotated[int, Meta(ge=1, description="blocks at which the test ends")] = 12
    first_look: Annotated[
        int, Meta(ge=1, description="blocks before the first look; tasks, where the task is the unit")
    ] = 5
    smallest_effect: Annotated[Ratio, Meta(description="smallest rate ratio worth finding")] = 1.5
    seed: Annotated[int | None, Meta(description="seed of the blocks' coins")] = None
    alpha: Annotated[float, Meta(gt=0, lt=1, description="one-sided error of the efficiency test")] = 0.05
    quality_margin: Annotated[Ratio, Meta(description="share of the baseline's quality")] = 0.8
    error_margin_pp: Annotated[
        Percent100, Meta(description="error rate above baseline, percentage points of requests")
    ] = 2.0
    p95_margin: Annotated[Ratio, Meta(description="p95 latency over baseline, ratio")] = 1.3
    cost_margin: Annotated[Ratio, Meta(description="baseline cost over candidate's, ratio")] = 2.0
    margins: Annotated[
        dict[str, Amount], Meta(description="margins of gates that have no field of their own, by name")
    ] = {}
    baseline_provider: Annotated[str | None, Meta(description="whose plan arm A draws on")] = None
    candidate_provider: Annotated[str | None, Meta(description="whose plan arm B draws on")] = None
    baseline_lane: Annotated[
        str | None, Meta(description="the router's lane of arm A's offloaded requests")
    ] = None
    candidate_lane: Annotated[
        str | None, Meta(description="the router's lane of arm B's offloaded requests")
    ] = None
    notes: Annotated[list[str], Meta(description="the operator's words")] = []
    unit: Annotated[
        Unit, Meta(description="what the efficiency test counts: blocks, or tasks that both arms did")
    ] = "block"
    n_tasks: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="tasks at which the test ends; unit task only")
    ] = None
    per_window: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="tasks dealt to each window; unit task only")
    ] = None


class Decision(Row, tag="decision"):
    """A decision card as a row: the verdict and all that it rests on."""

    verdict: Annotated[Literal["GO", "SOFT GO", "NO-GO", "INSUFFICIENT"], Meta(description="the verdict")]
    inputs_sha256: Annotated[str, Meta(description="SHA-256 of the rows that it was computed from")]
    window: Annotated[str | None, Meta(description="the window judged; WEEK0 for all")] = None
    gates: Annotated[list[dict[str, Any]], Meta(description="name, estimate, bound, margin, verdict")] = []
    missing: Annotated[list[str], Meta(description="what is missing")] = []
    ledger_head: Annotated[
        str | None, Meta(description="the heads of the ledger's files that the rows prove, on one line")
    ] = None


class Replay(Row, tag="replay"):
    """What another routing policy would have delivered on this ledger, by model."""

    strategy: Annotated[str, Meta(description="policy")]
    baseline: Annotated[str, Meta(description="policy that it is compared with")]
    verdict: Annotated[str, Meta(description="SUPPORTED, NOT SUPPORTED or INCONCLUSIVE")]
    windows: Annotated[Count | None, Meta(description="windows in the log")] = None
    difference: Annotated[float | None, Meta(description="mean difference in features per round")] = None
    low: Annotated[float | None, Meta(description="its 95 % interval, low end")] = None
    high: Annotated[float | None, Meta(description="its 95 % interval, high end")] = None
    inputs_sha256: Annotated[
        str | None, Meta(description="SHA-256 of the rows that it was computed from")
    ] = None
    rounds: Annotated[Count | None, Meta(description="rounds that a run plays")] = None
    seeds: Annotated[Count | None, Meta(description="runs")] = None
    seed: Annotated[Count | None, Meta(description="seed of the runs' luck")] = None
    budgets: Annotated[
        dict[str, Amount], Meta(description="units that each binding quota held, by its name")
    ] = {}


class Cost(Row, tag="cost"):
    """What one feature's requests cost, and would have cost on the model that was replaced."""

    feature_id: Annotated[str | None, Meta(description="the task; null for the total")] = None
    window: Annotated[str | None, Meta(description="window id")] = None
    methodology: Annotated[str | None, Meta(description="the experiment's arm")] = None
    model: Annotated[str | None, Meta(description="model that answered")] = None
    replaced_model: Annotated[str | None, Meta(description="model that was asked for")] = None
    requests: Annotated[Count | None, Meta(description="requests priced")] = None
    cost_usd: Annotated[Money | None, Meta(description="at list price of the day")] = None
    replaced_cost_usd: Annotated[Money | None, Meta(description="on the replaced model")] = None
    as_of: Annotated[str | None, Meta(description="date of the prices")] = None


class Origin(Row, tag="origin"):
    """Whose ledger the rows that follow it in a stream come from; `ledger-merge` writes it, no ledger holds it."""

    person: Annotated[str, Meta(min_length=1, description="a label for the person; never an e-mail address")]
    machine: Annotated[
        str | None, Meta(description="a label for the machine, where a person has several")
    ] = None
    heads: Annotated[
        dict[str, str], Meta(description="SHA-256 of the last row of each of the ledger's files, by its name")
    ] = {}


KINDS: dict[str, type[Row]] = {
    "snapshot": Snapshot,
    "window": Window,
    "churn": Churn,
    "usage": Usage,
    "proxy_telemetry": ProxyTelemetry,
    "anomaly": Anomaly,
    "undo": Undo,
    "evidence": Evidence,
    "feature": Feature,
    "experiment": Experiment,
    "decision": Decision,
    "replay": Replay,
    "cost": Cost,
    "origin": Origin,
}
