"""The short names of a window's readings, one set a provider, in the script that defines them."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.providers import Provider

BEGIN = "# The short names of each provider; `make docs` writes these lines.\n"
END = "# End of the short names.\n"


def script(text: str, providers: Iterable[Provider]) -> str:
    """Return the script with the lines between its two marks written anew.

    >>> from tracker import providers
    >>> print(script(f"# head\\n{BEGIN}old\\n{END}", providers.PROVIDERS[:1]), end="")
    # head
    # The short names of each provider; `make docs` writes these lines.
    _tracker_name as _tracker_reading start claude
    _tracker_name ae _tracker_reading end claude
    _tracker_name ax _tracker_undo claude
    _tracker_name as_d _tracker_undo claude
    # End of the short names.
    """
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = []
    for one in providers:
        lines.append(f"_tracker_name {one.letter}s _tracker_reading start {one.name}\n")
        lines.append(f"_tracker_name {one.letter}e _tracker_reading end {one.name}\n")
        lines.append(f"_tracker_name {one.letter}x _tracker_undo {one.name}\n")
        lines.append(f"_tracker_name {one.letter}s_d _tracker_undo {one.name}\n")
    return "".join([head, BEGIN, *lines, END, tail])
