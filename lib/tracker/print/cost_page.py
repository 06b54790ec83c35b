"""The cost comparison for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print.layout import grid, number, section, span

Table = dict[str, Any]


def render(made: Table, markdown: bool = False) -> str:
    """Return the report: the answer first, then features, capacity, and what the numbers are not."""
    answer = verdict(made)
    parts = [f"**{answer}**" if markdown else answer]
    if made["total"]["requests"]:
        lines = [[_or_all(one["feature"]), *_money(one)] for one in [*made["features"], made["total"]]]
        headers = [
            "feature",
            "requests",
            f"on {_words(made)}, USD",
            "on the replaced model, USD",
            "saved, USD",
            "times",
        ]
        parts.append(grid(lines, headers, markdown))
        parts.append(section("Per feature", _per_feature(made), markdown))
    if made["arms"]:
        parts.append(section("The same features in both arms", _arms(made["arms"]), markdown))
    if made["capacity"]:
        parts.append(section("Against plan capacity", _capacity(made["capacity"]), markdown))
    if made["total"]["requests"]:
        parts.append(section("Read with care", _care(made), markdown))
    return "\n\n".join(parts) + "\n"


def verdict(made: Table) -> str:
    """Return the answer in one sentence."""
    total = made["total"]
    if not total["requests"]:
        return _between_arms(made["arms"])
    if total["times"] is None:
        return "No offloaded request could be priced."
    model = made["replaced_model"] or total["replaced_model"]
    if total["saved_usd"] < 0:
        return (
            f"Offloading costs MORE than the model it replaces: {number(1 / total['times'])} times "
            f"{model} at list price, {number(-total['saved_usd'])} USD more for {total['priced']:,} requests."
        )
    return (
        f"Offloading costs less than the model it replaces: {model} would cost {number(total['times'])} times as "
        f"much at list price, {number(total['saved_usd'])} USD more for {total['priced']:,} requests."
    )


def _between_arms(arms: Table) -> str:
    a, b = (sum(one[f"{side}_usd"] for one in arms["features"]) for side in ("baseline", "candidate"))
    word = "MORE than" if b > a else "less than" if b < a else "the same as"
    return (
        f"The same {len(arms['features'])} features cost {word} on {arms['baseline']}: {number(b)} USD on "
        f"{arms['candidate']}, {number(a)} on {arms['baseline']}, as their rows say.  No request of an offload lane was given."
    )


def _words(made: Table) -> str:
    """Return what people call the lanes that answered."""
    return " and ".join(made["lanes"].values())


def _or_all(name: str | None) -> str:
    return "in total" if name is None else name


def _money(one: Table) -> list[str]:
    sums = [number(one[key], 4) for key in ("cost_usd", "replaced_cost_usd", "saved_usd")]
    return [f"{one['requests']:,}", *sums, number(one["times"])]


def _per_feature(made: Table) -> list[str]:
    delta, ratio = made["delta_per_feature"], made["ratio"]
    if delta is None:
        lines = [f"{len(made['features'])} features: no interval below 3 (ci=n/a)"]
    else:
        lines = [
            f"saved per feature {number(delta['mean'])} USD (95 % CI {span(delta['low'], delta['high'])}, "
            f"{len(made['features'])} features)"
        ]
    if ratio is not None and ratio["estimate"] is not None:
        lines.append(
            f"replaced over {_words(made)} {number(ratio['estimate'])} (95 % CI {span(ratio['low'], ratio['high'])})"
        )
    if made["fewer"]["features"]:
        lines.append(
            f"{made['fewer']['features']} features with fewer than {made['fewer']['least']} requests are in the total only"
        )
    if made["outside"]:
        lines.append(f"{made['outside']:,} requests were made outside any window and are in the total only")
    return lines


def _arms(made: Table) -> list[str]:
    lines = [
        f"{one['feature']}: {number(one['baseline_usd'])} USD on {made['baseline']}, "
        f"{number(one['candidate_usd'])} on {made['candidate']} ({one['delta_usd']:+.3g})"
        for one in made["features"]
    ]
    count, delta = len(made["features"]), made["delta"]
    if delta is None:
        return [*lines, f"{count} features in both arms: too few for an interval (ci=n/a)"]
    ends = span(delta["low"], delta["high"])
    mean = number(delta["mean"])
    return [
        *lines,
        f"{made['candidate']} minus {made['baseline']}: {mean} USD a feature (95 % CI {ends}, {count} features)",
    ]


def _capacity(arms: Sequence[Table]) -> list[str]:
    lines = []
    for arm in arms:
        parts = [f"{number(arm['capacity_pp_per_feature'])} {arm['capacity_quota'].replace('_', '-')} points"]
        parts.append(f"{number(arm['weekly_pp_per_feature'])} weekly points")
        if arm["glm_credits_per_feature"] is not None:
            parts.append(f"{number(arm['glm_credits_per_feature'])} GLM credits")
        lines.append(f"{arm['methodology']}: a feature takes {', '.join(parts)} ({arm['windows']} windows)")
    return lines


def _care(made: Table) -> list[str]:
    lines = [
        f"prices: {made['as_of']}; each request priced alone, then added",
        "the same request has other token counts on the other model (another tokenizer): the second column "
        f"prices {_words(made)}'s counts, and the counts themselves are not comparable",
        f"{_words(made)} counted {made['total']['tokens']:,} tokens; {made['kept']:,} requests stayed on Anthropic",
    ]
    lines += [
        f"not priced: {count:,} requests ({reason})" for reason, count in sorted(made["unpriced"].items())
    ]
    return lines
