"""What is wrong with windows: what is not explained yet, and what was, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracker import rows


def open_anomalies(
    anomalies: Sequence[rows.Anomaly],
    lost: Iterable[rows.Window],
    of: set[str] | None = None,
    accepted: Mapping[str, str] | None = None,
) -> list[str]:
    """Return what is wrong and not explained, one `window: word` each; `of`: of these windows.

    Anomaly rows, and the errors of lost windows.  An anomaly row that `acknowledges` another one's
    row_id explains it, and with it the same error of its window; `accepted` explains a word everywhere.
    """
    return [
        f"{name or 'no window'}: {word}"
        for name, word in _open(anomalies, lost, of)
        if word not in (accepted or {})
    ]


def acknowledged(
    anomalies: Sequence[rows.Anomaly],
    lost: Iterable[rows.Window],
    of: set[str] | None = None,
    accepted: Mapping[str, str] | None = None,
) -> list[str]:
    """Return what is wrong and was explained, one `window: word (acknowledged: reason)` each: it stays counted."""
    by_id = {row.row_id: row for row in anomalies if row.acknowledges is None and row.row_id}
    told = {
        (first.window, first.anomaly): f"acknowledged: {row.detail or 'no reason given'}"
        for row in anomalies
        if row.acknowledges is not None and (first := by_id.get(row.acknowledges))
    }
    for key in _open(anomalies, lost, of):
        if key[1] in (accepted or {}):
            told[key] = f"accepted for the whole run: {(accepted or {})[key[1]]}"
    return [
        f"{name or 'no window'}: {word} ({why})"
        for (name, word), why in told.items()
        if of is None or name in of
    ]


def accepted(checks: Iterable[rows.Evidence]) -> dict[str, str]:
    """Return the anomalies that were accepted for the whole run, each with the reason."""
    return {
        row.result: row.detail or "no reason given" for row in checks if row.check == rows.ERROR_WHITELIST
    }


def _open(
    anomalies: Sequence[rows.Anomaly], lost: Iterable[rows.Window], of: set[str] | None
) -> list[tuple[str | None, str]]:
    explained = {row.acknowledges for row in anomalies} & row_ids(anomalies)
    closed = {
        (row.window, row.anomaly)
        for row in anomalies
        if row.acknowledges in explained or row.row_id in explained
    }
    told = [
        (row.window, row.anomaly)
        for row in anomalies
        if row.acknowledges is None and (row.row_id is None or row.row_id not in explained)
    ]
    seen = _errors(lost)
    said = dict.fromkeys([*told, *(one for one in seen if one not in closed)])
    return [(name, word) for name, word in said if of is None or name in of]


def _errors(windows: Iterable[rows.Window]) -> list[tuple[str | None, str]]:
    return [(window.window, error) for window in windows for error in window.errors]


def row_ids(anomalies: Iterable[rows.Anomaly]) -> set[str | None]:
    """Return the row_ids that an acknowledgement can name."""
    return {row.row_id for row in anomalies if row.acknowledges is None} - {None}


def explain_nothing(anomalies: Sequence[rows.Anomaly]) -> list[str]:
    """Return a sentence for each acknowledgement of a row that is not there."""
    known = row_ids(anomalies)
    return [
        f"{row.window or 'no window'}: the row that acknowledges {row.acknowledges!r} explains nothing, "
        "for no anomaly row has that row_id"
        for row in anomalies
        if row.acknowledges is not None and row.acknowledges not in known
    ]
