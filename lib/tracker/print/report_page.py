"""The report as one HTML file that asks nobody for anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracker import cli
from tracker.print import report_charts
from tracker.print.layout import number, span, total
from tracker.print.report_charts import Chart

Table = Mapping[str, Any]


def render(made: Table, version: str, now: str = "", refresh: int | None = None) -> str:
    """Return the page; `now` is text shown at its top, `refresh` the seconds after which a browser asks again."""
    import jinja2

    house = jinja2.Environment(
        loader=jinja2.PackageLoader("tracker", "print"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        finalize=_plain,
    )
    house.filters.update(number=_number, total=total, exact=_exact, day=_day, lines=_lines, rounded=_rounded)
    notes = [*made["preview"]["notes"], *(made["card"]["notes"] if made["card"] else [])]
    return house.get_template("report.html").render(
        **made,
        charts=charts(made),
        most_people=MOST_PEOPLE,
        notes=list(dict.fromkeys(notes)),
        version=version,
        now=now,
        refresh=refresh,
    )


def charts(made: Table) -> list[Chart]:
    """Return the pictures that there are rows for, in the order of the questions that they answer."""
    drawn = [
        report_charts.windows(made["windows"], made["preview"]["arms"]),
        report_charts.gates(made["card"]["gates"] if made["card"] else []),
        *(_quotas(made, place, person) for place, person in enumerate(_people(made))),
        report_charts.lanes(made["lanes"]),
        report_charts.costs(made["costs"]),
        report_charts.churn(made["churn"]),
    ]
    return [chart for chart in drawn if chart]


MOST_PEOPLE = 8  # whose quotas are drawn: fifty pictures would be a page of their own


def _people(made: Table) -> list[str | None]:
    """Return whose quotas are drawn, each once, none of too many; None: of one ledger, which says no person."""
    people = list(dict.fromkeys(one["person"] for one in made["quotas"]))
    return people if len(people) <= MOST_PEOPLE else []


def _quotas(made: Table, place: int, person: str | None) -> Chart | None:
    """Return the picture of one person's quotas, with the windows that this person worked."""
    worked = [
        (one["started_at"], one["ended_at"])
        for one in made["windows"]
        if one["started_at"] is not None and one["ended_at"] is not None and one["person"] == person
    ]
    its = [one for one in made["quotas"] if one["person"] == person]
    return report_charts.quotas(its, worked, person, place)


def _plain(value: Any) -> Any:
    """Return what may stand on a page: control and bidi characters spelt out; Markup is the page's own."""
    return cli.harmless(value) if type(value) is str else value


def _lines(text: str) -> Any:
    """Return a text of several lines, each harmless."""
    from markupsafe import Markup, escape

    return Markup("\n").join(escape(cli.harmless(line)) for line in text.splitlines())


def _number(value: float | None, digits: int = 3) -> str:
    return number(value, digits)


def _exact(value: float) -> str:
    """Return the number as JSON has it, for whoever reads the page by program."""
    return repr(value)


def _day(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}"


def _rounded(one: Table) -> str:
    return span(one["low"], one["high"]).replace("..", " to ")
