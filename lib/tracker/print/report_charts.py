"""The report's pictures: SVG whose colours are the page's own, so that they follow light, dark and print."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracker import cli
from tracker.print.layout import number
from tracker.print.plots import as_svg, label

Table = Mapping[str, Any]

# What matplotlib draws with, and what the page's style sheet calls it.  Arms differ in shape as well.
INK, SOFT, A, B, C, D = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
SERIES = ((A, "o"), (B, "s"), (C, "^"), (D, "D"))
PALETTE = {INK: "ink", SOFT: "soft", A: "series-a", B: "series-b", C: "series-c", D: "series-d"}
WIDTH = 3.9  # inches: letters stay readable when the page is 360 pixels wide
LETTERS, SMALL = 9.5, 9.0  # points: eleven pixels there
ROW = 0.19  # inches of a legend's line


class Chart(NamedTuple):
    """A picture, with what a screen reader says of it."""

    name: str  # its id on the page
    title: str
    said: str
    svg: str


Plane = Any  # matplotlib's Axes


def _drawn(
    name: str,
    title: str,
    said: str,
    height: float,
    draw: Callable[[Plane], None],
    legend: Sequence[str] = (),
) -> Chart:
    """Return a chart that `draw` puts on a plane, as SVG that can stand in a page beside others.

    What `draw` labels, by the names of `legend`, is named above the plane, where no data are.
    """
    import matplotlib

    matplotlib.use("svg")
    style: Any = {
        "svg.hashsalt": name,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": LETTERS,
        "text.color": INK,
        "axes.edgecolor": SOFT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": INK,
        "ytick.color": INK,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "legend.frameon": False,
    }
    with matplotlib.rc_context(style):
        from matplotlib import pyplot

        longest = max(map(len, legend), default=0)
        columns = 3 if longest <= 8 else 2 if longest <= 16 else 1
        rows = -(-len(legend) // columns)
        figure, plane = pyplot.subplots(figsize=(WIDTH, height + ROW * rows), layout="constrained")
        draw(plane)
        if legend:
            figure.legend(
                loc="outside upper left", ncols=columns, fontsize=SMALL, borderpad=0, borderaxespad=0
            )
        svg = as_svg(figure)
        pyplot.close(figure)
    return Chart(name, title, said, _in_page(svg, name, title, said))


def _in_page(svg: str, name: str, title: str, said: str) -> str:
    """Return SVG to stand in a page: its ids are its own, its colours the page's, its text said."""
    from markupsafe import escape

    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    for colour, its in PALETTE.items():
        svg = svg.replace(colour, f"var(--{its})")
    head, _, rest = svg.partition(">")
    box = re.search(r'viewBox="[^"]+"', head)
    assert box, "matplotlib always writes one"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0]} role="img" '
        f'aria-labelledby="{name}-title {name}-said"><title id="{name}-title">{escape(cli.harmless(title))}</title>'
        f'<desc id="{name}-said">{escape(cli.harmless(said))}</desc>{rest}'
    )


def _short(name: str, most: int = 28) -> str:
    """Return a name as a label that leaves room for the picture.

    >>> _short("mitm_offload"), len(_short(40 * "x"))
    ('mitm_offload', 28)
    """
    return label(name if len(name) <= most else f"{name[: most - 1]}…")


def _looks(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return each series' colour and mark; names beyond the fourth share the last one's."""
    return {name: SERIES[min(place, len(SERIES) - 1)] for place, name in enumerate(names)}


def windows(its: Sequence[Table], arms: Sequence[Table]) -> Chart | None:
    """Draw each window's features per point in the order of time, and each arm's estimate with its interval."""
    shown = [one for one in its if one["per_point"] is not None]
    if not shown:
        return None
    names = sorted({one["arm"] for one in shown})
    looks = _looks(names)
    order = sorted(shown, key=lambda one: (one["ended_at"] is None, one["ended_at"], one["window"]))
    place = {id(one): at for at, one in enumerate(order, 1)}

    def draw(plane: Plane) -> None:
        for name in names:
            colour, mark = looks[name]
            own = [one for one in order if one["arm"] == name]
            at = [place[id(one)] for one in own]
            plane.vlines(
                at,
                [one["low"] for one in own],
                [one["per_point"] if one["high"] is None else one["high"] for one in own],
                color=colour,
                linewidth=1,
                alpha=0.5,
            )
            plane.plot(
                at, [one["per_point"] for one in own], mark, color=colour, markersize=4, label=_short(name)
            )
        for arm in arms:
            colour, _ = looks.get(arm["methodology"], (SOFT, ""))
            if arm["efficiency"] is not None:
                plane.axhline(arm["efficiency"], color=colour, linewidth=1.2)
            if arm["ci"]["low"] is not None and arm["ci"]["high"] is not None:
                plane.axhspan(arm["ci"]["low"], arm["ci"]["high"], color=colour, alpha=0.12, linewidth=0)
        most = max(one["per_point"] for one in shown)
        plane.set_ylim(0, 1.25 * most if most else 1)
        plane.set_ylabel("features per point")
        plane.set_xlabel("window, in the order in which they ended")
        plane.xaxis.get_major_locator().set_params(integer=True)

    said = "; ".join(
        f"{arm['name']}: {number(arm['efficiency'])} features per point over {arm['n']} windows"
        for arm in arms
    )
    legend = [_short(name) for name in names]
    return _drawn("windows", "Features per point, window by window", said, 2.5, draw, legend)


def gates(its: Sequence[Table]) -> Chart | None:
    """Draw each gate on a scale of its own: margin, estimate and bound; the side that passes is tinted."""
    shown = [one for one in its if one["estimate"] is not None]
    if not shown:
        return None

    def draw(plane: Plane) -> None:
        for row, gate in enumerate(reversed(shown)):
            ends = [gate["margin"], gate["estimate"], *([gate["bound"]] if gate["bound"] is not None else [])]
            low, high = min(ends), max(ends)
            room = (high - low) or abs(high) or 1.0

            def at(value: float, low: float = low, room: float = room) -> float:
                return 0.15 + 0.7 * (value - low) / room

            above = gate["needed"].startswith(">")
            margin = at(gate["margin"])
            plane.barh(
                row,
                (1 - margin) if above else margin,
                left=margin if above else 0,
                height=0.4,
                color=C,
                alpha=0.14,
                linewidth=0,
            )
            plane.plot([margin, margin], [row - 0.26, row + 0.26], color=INK, linewidth=1.5)
            if gate["bound"] is not None:
                plane.plot([at(gate["bound"]), at(gate["estimate"])], [row, row], color=A, linewidth=2)
                plane.plot(at(gate["bound"]), row, "|", color=A, markersize=11, markeredgewidth=2)
            plane.plot(at(gate["estimate"]), row, "o", color=A, markersize=5)
            plane.text(
                0,
                row + 0.3,
                label(f"{gate['name']}: {gate['verdict']}")
                + "\n"
                + label(
                    f"bound {number(gate['bound'])}, needed {gate['needed']} {number(gate['margin'])} {gate['unit']}"
                ),
                fontsize=SMALL,
                linespacing=1.1,
                va="bottom",
            )
        plane.set_ylim(-0.4, len(shown) + 0.05)
        plane.set_xlim(0, 1)
        plane.axis("off")

    said = "; ".join(
        f"{gate['name']}: estimate {number(gate['estimate'])}, bound {number(gate['bound'])}, needed "
        f"{gate['needed']} {number(gate['margin'])} {gate['unit']}, {gate['verdict']}"
        for gate in shown
    )
    return _drawn("gates", "Gates against their margins", said, 0.2 + 0.72 * len(shown), draw)


def _dated(plane: Plane) -> None:
    from matplotlib import dates as typed

    dates: Any = typed
    locator = dates.AutoDateLocator(maxticks=6)
    plane.xaxis.set_major_locator(locator)
    plane.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def quotas(
    its: Sequence[Table],
    worked: Sequence[tuple[datetime, datetime]],
    person: str | None = None,
    place: int = 0,
) -> Chart | None:
    """Draw each quota's readings over time, with the resets that they name and the windows that were worked.

    `person`: whose they are where there are several; `place` tells their pictures apart.
    """
    shown = [one for one in its if one["readings"]]
    if not shown:
        return None

    def draw(plane: Plane) -> None:
        first = min(at for one in shown for at, _ in one["readings"])
        last = max(at for one in shown for at, _ in one["readings"])
        for start, end in worked:
            plane.axvspan(start, end, color=SOFT, alpha=0.12, linewidth=0)
        for one, (colour, mark) in zip(shown, _cycled(len(shown)), strict=True):
            at, used = zip(*one["readings"], strict=True)
            plane.plot(
                at,
                used,
                mark,
                linestyle="-",
                color=colour,
                markersize=3,
                linewidth=0.8,
                label=_short(one["name"]),
            )
            inside = [reset for reset in one["resets"] if first <= reset <= last]
            plane.plot(inside, [0] * len(inside), "v", color=colour, markersize=4, clip_on=False)
        plane.set_ylim(0, max(105.0, *(used for one in shown for _, used in one["readings"])))
        plane.set_ylabel("percent used")
        if first == last:  # one moment is no stretch that dates can be put on
            plane.set_xlim(first - timedelta(hours=1), last + timedelta(hours=1))
        _dated(plane)

    said = "; ".join(
        f"{one['name']}: {len(one['readings'])} readings, {number(one['readings'][0][1])} to "
        f"{number(one['readings'][-1][1])} percent, {len(one['resets'])} resets named"
        for one in shown
    )
    legend = [_short(one["name"]) for one in shown]
    title = f"Quotas over time: {person}" if person else "Quotas over time"
    return _drawn(f"quotas-{place}" if place else "quotas", title, said, 2.3, draw, legend)


def _cycled(count: int) -> list[tuple[str, str]]:
    return [SERIES[place % len(SERIES)] for place in range(count)]


def lanes(its: Sequence[Table]) -> Chart | None:
    """Draw the requests of each window by lane, in the order of time."""
    names = sorted({name for one in its for name in one["lanes"]})
    if not names:
        return None

    def draw(plane: Plane) -> None:
        at = list(range(1, len(its) + 1))
        base = [0] * len(its)
        for name, (colour, _) in zip(names, _cycled(len(names)), strict=True):
            counts = [one["lanes"].get(name, 0) for one in its]
            hatch = "" if name == names[0] else "///"
            plane.bar(
                at, counts, bottom=base, color=colour, label=_short(name), width=0.9, alpha=0.75, hatch=hatch,
                edgecolor=colour, linewidth=0,
            )  # fmt: skip
            base = [low + more for low, more in zip(base, counts, strict=True)]
        plane.set_ylim(0, 1.05 * max(base) or 1)
        plane.set_ylabel("requests")
        plane.set_xlabel("window, in the order of time")
        plane.xaxis.get_major_locator().set_params(integer=True)

    sums = {name: sum(one["lanes"].get(name, 0) for one in its) for name in names}
    said = f"{len(its)} windows; " + ", ".join(f"{name}: {count:,} requests" for name, count in sums.items())
    return _drawn("lanes", "Requests by lane", said, 2.3, draw, [_short(name) for name in names])


def costs(its: Sequence[Table]) -> Chart | None:
    """Draw what each feature cost at list prices, arm by arm, with each arm's mean."""
    if not its:
        return None

    def draw(plane: Plane) -> None:
        for row, (one, (colour, mark)) in enumerate(zip(its, _cycled(len(its)), strict=True)):
            plane.plot(one["each"], [row] * len(one["each"]), mark, color=colour, markersize=4, alpha=0.45)
            plane.plot(one["usd_per_feature"], row, "|", color=INK, markersize=18, markeredgewidth=1.5)
        plane.set_yticks(range(len(its)), [_short(one["arm"]) for one in its])
        plane.set_ylim(-0.6, len(its) - 0.4)
        plane.set_xlim(left=0)
        plane.set_xlabel("USD per feature; the stroke: their mean")

    said = "; ".join(
        f"{one['arm']}: {number(one['usd_per_feature'])} USD per feature over {one['features']} features"
        for one in its
    )
    return _drawn("costs", "Cost per feature", said, 0.9 + 0.45 * len(its), draw)


def _gone(one: Table) -> float:
    return (one["share"] or 0.0) * float(one["mature_lines"])


def churn(its: Sequence[Table]) -> Chart | None:
    """Draw how many added lines are still there, gone after a fortnight, and too young to know."""
    if not its:
        return None
    parts: tuple[tuple[str, str, str, Callable[[Table], float]], ...] = (
        ("still there after 14 days", A, "", lambda one: one["mature_lines"] - _gone(one)),
        ("gone within 14 days", B, "///", _gone),
        ("too young to know", SOFT, "...", lambda one: one["added_lines"] - one["mature_lines"]),
    )

    def draw(plane: Plane) -> None:
        base = [0.0] * len(its)
        for name, colour, hatch, part in parts:
            lines = [part(one) for one in its]
            plane.barh(
                range(len(its)), lines, left=base, color=colour, alpha=0.7, hatch=hatch, edgecolor=colour,
                linewidth=0, height=0.5, label=name,
            )  # fmt: skip
            base = [low + more for low, more in zip(base, lines, strict=True)]
        plane.set_yticks(range(len(its)), [_short(one["arm"]) for one in its])
        plane.set_ylim(-0.6, len(its) - 0.4)
        plane.set_xlabel("lines added")

    said = "; ".join(
        f"{one['arm']}: {one['mature']} of {one['windows']} windows are 14 days old, "
        + (
            "no share yet"
            if one["share"] is None
            else f"{number(100 * one['share'])} percent of their lines gone"
        )
        for one in its
    )
    legend = [name for name, *_ in parts]
    return _drawn("churn", "Churn by maturity", said, 0.8 + 0.4 * len(its), draw, legend)
