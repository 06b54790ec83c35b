"""What is wrong with windows and not explained yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker import rows


def open_anomalies(
    anomalies: Sequence[rows.Anomaly], lost: Iterable[rows.Window], of: set[str] | None = None
) -> list[str]:
    """Return what is wrong and not explained, one `window: word` each; `of`: of these windows.

    Anomaly rows, and the errors of lost windows.  An anomaly row that `acknowledges` another one's
    row_id explains it, and with it the same error of its window.
    """
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
    return [f"{name or 'no window'}: {word}" for name, word in said if of is None or name in of]


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
