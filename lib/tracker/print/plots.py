"""Drawings as SVG files; the same numbers give the same bytes."""

from __future__ import annotations

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


def save(figure: Any, path: str) -> None:
    """Write the figure; cli.Stop (66) when the file cannot be written."""
    try:
        figure.savefig(path, format="svg", metadata={"Date": None})
    except OSError as wrong:
        raise cli.Stop(
            cli.NOTHING, f"cannot write {path} ({wrong.strerror}); name a file in a folder that exists"
        ) from None


def curves(path: str, lines: Curves, title: str, axes: tuple[str, str], log: bool = False) -> None:
    """Draw named lines, each (xs, ys), into an SVG file; `log` makes both axes logarithmic."""
    figure, plane = canvas()
    for name, (xs, ys) in lines.items():
        plane.plot(xs, ys, label=name, marker="o" if log else None)
    if log:
        plane.set_xscale("log")
        plane.set_yscale("log")
    plane.set_title(title)
    plane.set_xlabel(axes[0])
    plane.set_ylabel(axes[1])
    plane.grid(alpha=0.3)
    plane.legend()
    save(figure, path)


def dots(
    path: str, names: Sequence[str], series: Mapping[str, Sequence[float]], target: float, title: str
) -> None:
    """Draw shares (0..1) of several methods, a line a name, into an SVG file; `target` is a dashed line."""
    figure, plane = canvas()
    figure.set_size_inches(7.2, 1.4 + 0.27 * len(names))
    places = list(range(len(names)))[::-1]
    for (label, values), mark in zip(series.items(), "osD^v<>", strict=False):
        plane.plot([100 * value for value in values], places, mark, label=label, alpha=0.85, markersize=5)
    plane.axvline(100 * target, color="0.3", linestyle="--", linewidth=1)
    plane.set_yticks(places, names)
    plane.set_xlabel("percent")
    plane.grid(alpha=0.3)
    plane.set_title(title, loc="left")
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize="small")
    save(figure, path)
