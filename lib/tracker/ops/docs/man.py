"""A tool as a manual page, in the man macros that groff and mandoc share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tracker.ops.docs.tools import Option, Tool, statuses, synopsis


def escape(text: str) -> str:
    """Return text that roff prints as it stands.

    >>> escape(".a -b \\\\n")
    '\\\\&.a \\\\-b \\\\en'
    """
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "\\[u2026]")
    text = text.replace("|", "|\\:")  # a long list of choices may break there
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def prose(text: str) -> str:
    """Return a sentence with its `quoted` words in bold.

    >>> prose("see `tracker`")
    'see \\\\fBtracker\\\\fR'
    """
    return re.sub(r"`([^`]*)`", r"\\fB\1\\fR", escape(text))


def verbatim(text: str) -> str:
    """Return lines that keep their breaks."""
    return ".nf\n" + escape(text) + "\n.fi"


def term(option: Option) -> str:
    """Return an option's heading: its flags in bold, its value in italics."""
    value = f" \\fI{escape(option.value)}\\fR" if option.value else ""
    return ", ".join(f"\\fB{escape(flag)}\\fR" for flag in option.flags) + value


def page(tool: Tool, names: Iterable[str], version: str) -> str:
    """Return the page of one tool; `names` are all the tools, for SEE ALSO."""
    name = tool.name
    out = [
        '.\\" written by `make docs`',
        f'.TH "{escape(name.upper())}" 1 "" "tracker {version}" "tracker"',
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{escape(name)} \\- {escape(tool.sentence[0].lower() + tool.sentence[1:].rstrip('.'))}".replace(
            "`", ""
        ),
        ".SH SYNOPSIS",
        f".B {escape(name)}",
        *(escape(word) for word in synopsis(tool)[1:]),
        ".SH DESCRIPTION",
        prose(tool.sentence),
    ]
    for paragraph in tool.more:
        out += [".PP", prose(paragraph)]
    if tool.commands:
        out.append(".SH COMMANDS")
        for command, about in tool.commands:
            out += [".TP", f"\\fB{escape(command)}\\fR", prose(about)]
    out.append(".SH OPTIONS")
    for option in tool.options:
        out += [".TP", term(option), prose(option.about) or "\\&"]
    out.append(".SH EXIT STATUS")
    for status, about in statuses():
        out += [".TP", f"\\fB{status}\\fR", prose(about)]
    out += [".SH EXAMPLES", verbatim(tool.examples)]
    said = " ".join([tool.sentence, *tool.more, tool.examples])
    related = [other for other in names if other != name and re.search(rf"(?<![\w-]){other}(?![\w-])", said)]
    if name != "tracker" and "tracker" not in related:
        related.append("tracker")
    if related:
        out += [".SH SEE ALSO", ", ".join(f"\\fB{escape(other)}\\fR(1)" for other in sorted(related))]
    return "\n".join(out) + "\n"
