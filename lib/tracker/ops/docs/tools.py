"""What a tool's own parser says about it: sentences, options, examples, commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tracker import cli

COMMANDS = "A..."  # argparse's mark for the action that holds subcommands
MANY = ("*", "+", "...")


class Option(NamedTuple):
    """One option, or one argument by position (then `flags` is empty)."""

    flags: tuple[str, ...]
    value: str | None  # what its value is called in help; None: it takes none
    choices: tuple[str, ...]
    about: str
    required: bool = False
    many: bool = False

    @property
    def kind(self) -> str:
        """What a shell can offer for the value: choices, folder, file or text."""
        if self.choices:
            return "choices"
        name = (self.value or "").upper()
        if name in ("DIR", "FOLDER", "REPO"):
            return "folder"
        return "file" if name in ("FILE", "PATH", "CSV", "OUT") or name.endswith("_FILE") else "text"


class Tool(NamedTuple):
    """One executable of bin/, or one command of an executable."""

    name: str
    sentence: str  # the first line of its help, with its full stop
    more: tuple[str, ...]  # the paragraphs after it
    options: tuple[Option, ...]
    examples: str
    commands: tuple[tuple[str, str], ...] = ()  # subcommands with what they are for


def describe(parser: cli.Parser) -> Tool:
    """Return what `parser` says of its tool.

    >>> made = cli.parser("Count rows.\\n\\nBy kind.", "\\n  count < rows", name="count")
    >>> tool = describe(made)
    >>> tool.sentence, tool.more, tool.examples, [option.flags for option in tool.options]
    ('Count rows.', ('By kind.',), '  count < rows', [('--help', '-h'), ('--version',)])
    """
    paragraphs = [" ".join(part.split()) for part in (parser.description or "").strip().split("\n\n")]
    examples = (parser.epilog or "").partition("\n\nexit status:")[0].removeprefix("examples:")
    commands = tuple(
        (choice.dest, choice.help or "")
        for action in _actions(parser)
        if action.nargs == COMMANDS
        for choice in action._get_subactions()
    )
    return Tool(
        parser.prog,
        paragraphs[0],
        tuple(paragraphs[1:]),
        tuple(_options(parser)),
        examples.strip("\n"),
        commands,
    )


def _actions(parser: cli.Parser) -> list[Any]:
    return list(parser._actions)


def _options(parser: cli.Parser) -> Iterator[Option]:
    for action in _actions(parser):
        if action.nargs == COMMANDS or action.help == "==SUPPRESS==":
            continue
        choices = tuple(str(choice) for choice in action.choices or ())
        value = None if action.nargs == 0 else _value(action, choices)
        flags = tuple(sorted(action.option_strings, key=len, reverse=True))
        needed = action.required and (bool(flags) or action.nargs != "*")
        about = (action.help or "") % {**vars(action), "prog": parser.prog}
        yield Option(flags, value, choices, about, needed, action.nargs in MANY)


def _value(action: Any, choices: tuple[str, ...]) -> str:
    if choices:
        return "|".join(choices)
    if action.metavar:
        return str(action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar))
    return str(action.dest).upper()


def statuses() -> list[tuple[str, str]]:
    """Return the exit statuses that every tool shares, with their meaning.

    >>> statuses()[0]
    ('0', 'did it; the answer, if there is one, is yes')
    """
    lines = cli.STATUSES.splitlines()[1:]
    return [(line.split()[0], " ".join(line.split()[1:])) for line in lines if line.strip()]


def synopsis(tool: Tool) -> list[str]:
    """Return the words of the usage line, the tool's name first, what may be left out in brackets.

    >>> synopsis(Tool("x", "", (), (Option(("--to", "-t"), "N", (), "", False),), ""))
    ['x', '[--to N]']
    """
    words = [tool.name]
    for option in tool.options:
        if option.flags[:1] in (("--help",), ("--version",)):
            continue
        text = " ".join([*option.flags[:1], *([option.value] if option.value else [])])
        if option.many:
            text += " …"
        words.append(text if option.required else f"[{text}]")
    if tool.commands:
        words.append("COMMAND …")
    return words
