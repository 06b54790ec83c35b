"""Ledgers of several made-up people, merged by the tools a person would type."""

from __future__ import annotations

from card_rows import experiment, lines


def merged(tool, folder, people, n=4):
    """Return the stream of people's ledgers of n blocks each; `people` says of each how good the candidate is."""
    folders = []
    for number, how_good in enumerate(people):
        rows = experiment(n=n, **how_good)
        rows[0] |= {"seed": number, "n_blocks": n * len(people)}
        where = folder / f"{len(people)}-{number}"
        ran = tool("ledger-append", "--data-dir", str(where), stdin=lines(rows))
        assert ran.status == 0, ran.err
        folders.append(f"p{number}={where}")
    ran = tool("ledger-merge", *folders)
    assert ran.status == 0, ran.err
    return ran.out
