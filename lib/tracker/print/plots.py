"""Drawings as SVG; the same numbers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from tracker import cli

Curves = Mapping[str, tuple[Sequence[float], Sequence[float]]]


def canvas() -> tuple[Any, Any]:
    """Return a figure and its axes, without a window system and without a date inside."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tracker"
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(7.2, 4.2), layout="constrained")


def as_svg(figure: Any) -> str:
    """Return the figure as SVG."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def label(text: str) -> str:
    """Return a text as a label: control characters spelt out, no formula of matplotlib's, never hidden by a `_`.

    >>> label("a$b\\x1b"), label("_a")
    ('a\\\\$b\\\\x1b', ' _a')
    """
    plain = cli.harmless(text).replace("$", "\\$")
    return f" {plain}" if plain.startswith("_") else plain


def curves(lines: Curves, title: str, axes: tuple[str, str], log: bool = False) -> str:
    """Return an SVG of named lines, each (xs, ys); `log` makes both axes logarithmic."""
    figure, plane = canvas()
    for name, (xs, ys) in lines.items():
        plane.plot(xs, ys, label=label(name), marker="o" if log else None)
    if log:
        plane.set_xscale("log")
        plane.set_yscale("log")
    plane.set_title(label(title))
    plane.set_xlabel(label(axes[0]))
    plane.set_ylabel(label(axes[1]))
    plane.grid(alpha=0.3)
    plane.legend()
    return as_svg(figure)


def dots(names: Sequence[str], series: Mapping[str, Sequence[float]], target: float, title: str) -> str:
    """Return an SVG of shares (0..1) of several methods, a line a name; `target` is a dashed line."""
    figure, plane = canvas()
    figure.set_size_inches(7.2, 1.4 + 0.27 * len(names))
    places = list(range(len(names)))[::-1]
    for (name, values), mark in zip(series.items(), "osD^v<>", strict=False):
        plane.plot(
            [100 * value for value in values], places, mark, label=label(name), alpha=0.85, markersize=5
        )
    plane.axvline(100 * target, color="0.3", linestyle="--", linewidth=1)
    plane.set_yticks(places, [label(name) for name in names])
    plane.set_xlabel("percent")
    plane.grid(alpha=0.3)
    plane.set_title(label(title), loc="left")
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize="small")
    return as_svg(figure)
