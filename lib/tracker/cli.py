"""How every tool takes options, speaks and ends: parser, exit statuses, one-line messages."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence

from tracker import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:  # loading `typing` would be a tenth of a small tool's start
    from typing import IO, NoReturn

OK = 0  # did it; the answer, if there is one, is yes
NO = 1  # ran, and the answer is no
USAGE = 2  # wrong options
SOFT = 3  # ran, and the answer is neither yes nor no: decision-card's SOFT GO
BAD_INPUT = 65  # a line or text is not what it should be
NOTHING = 66  # nothing to work on; a check that saw nothing does not pass
TRY_LATER = 75  # inside a buffer, or the ledger is locked
NO_SETTING = 78  # a key or setting is missing
INTERRUPTED = 130
READER_LEFT = 141

STATUSES = """exit status:
  0    did it; the answer, if there is one, is yes
  1    ran, and the answer is no
  2    wrong options
  3    ran, and the answer is a soft yes: look, and decide
  65   a line or text is not what it should be
  66   nothing to work on
  75   try later
  78   a key or setting is missing
"""


WrongValue = argparse.ArgumentTypeError  # an option's type raises it: what the value must be, and what it was


class Stop(Exception):
    """An expected end: `status` for the shell, the text for the person.

    The text says what is wrong, what was seen, and what to do, on one line.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Parser(argparse.ArgumentParser):
    """An argument parser that ends with one line instead of a page."""

    # Python 3.14 colours help by rules of its own (FORCE_COLOR, in a pipe too); here it is plain everywhere.
    color = property(lambda self: False, lambda self, wanted: None)

    def error(self, message: str) -> NoReturn:
        # A pasted line's comment is no comment to a zsh on a terminal, unless it is told so.
        advice = "leave out what begins with #" if "#" in [*sys.argv, *message.split()] else ""
        advice = advice or f"see `{self.prog} --help`"
        sys.stderr.write(f"{self.prog}: {harmless(message)}; {advice}\n")
        raise SystemExit(USAGE)


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as COLUMNS or the terminal; argparse would load shutil to ask for it.

    Paragraphs with a line that is too long are set anew; an example stays one line, as it is to be pasted.
    Choices that would take half of the width stand with the option's meaning, where they wrap.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=max(40, _columns()) - 2)

    def _is_long(self, action: argparse.Action) -> bool:
        if action.choices is None or action.metavar is not None:
            return False
        return len(",".join(map(str, action.choices))) > self._width // 2 - 8

    def _metavar_formatter(
        self, action: argparse.Action, default_metavar: str
    ) -> Callable[[int], tuple[str, ...]]:
        if not self._is_long(action):
            return super()._metavar_formatter(action, default_metavar)
        return lambda count: (default_metavar,) * count

    def _get_help_string(self, action: argparse.Action) -> str | None:
        said = super()._get_help_string(action)
        if not said or not self._is_long(action):
            return said
        return f"{said}: {', '.join(map(str, action.choices or ()))}"

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        import textwrap

        return "\n\n".join(
            textwrap.fill(" ".join(part.split()), width)
            if not part.startswith(("examples:", "exit status:")) and max(map(len, part.split("\n"))) > width
            else "\n".join(line if "  " not in line[2:] else _hung(line, width) for line in part.split("\n"))
            for part in text.split("\n\n")
        )


def _hung(line: str, width: int) -> str:
    """Return a line of `name  what it means`, what goes on of it below its meaning."""
    import textwrap

    start = len(line) - len(line[2:].partition("  ")[2].lstrip())
    return textwrap.fill(line, width, subsequent_indent=" " * start, break_long_words=False)


def _columns() -> int:
    """Return how wide help may be: COLUMNS, else the terminal's columns, else 80."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal():
        return int(said)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):  # no terminal, a closed stdout
        return 80


def parser(about: str, examples: str, name: str | None = None) -> Parser:
    """Return a parser whose help is the tool's docstring, its options and its examples.

    `about` starts with the one sentence that the man page and the tool list show.
    """
    made = Parser(
        prog=name or tool_name(),
        description=about.strip(),
        epilog=f"examples:{examples.rstrip()}\n\n{STATUSES}",
        formatter_class=_Help,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"%(prog)s (tracker) {__version__}")
    return made


FORMATS = (
    "text",
    "json",
    "jsonl",
    "md",
    "csv",
)  # print/formats.py makes them; every tool offers some of these


def add_format(
    made: argparse.ArgumentParser,
    *,
    rows: bool = False,
    table: bool = False,
    default: str | None = "text",
    said: str | None = None,
) -> None:
    """Add `--format`: text, json and md; with `rows` jsonl, with `table` csv; and `--color` of the text.

    The defaults are the same everywhere.
    """
    offered = {"jsonl": rows, "csv": table}
    choices = [form for form in FORMATS if offered.get(form, True)]
    made.add_argument(
        "--format", choices=choices, default=default, help=f"how to print (default {said or default})"
    )
    made.add_argument(
        "--color", choices=COLORS, default="auto", help="colour in text (default auto: on a terminal)"
    )


COLORS = ("auto", "always", "never")
color = "auto"  # what `--color` says; print/paint.py alone asks


class Painted(str):
    """Text whose escape sequences are our own: everything else in it was made harmless before."""

    __slots__ = ()


def tool_name() -> str:
    """Return the name that the running tool was called by."""
    return os.path.basename(sys.argv[0])


def say(text: str) -> None:
    """Tell the person one line, on stderr, under the tool's name."""
    sys.stderr.write(f"{tool_name()}: {harmless(text)}\n")


def aside(text: str) -> None:
    """Show one line on stderr without the tool's name: a pipe that is run, a question, how far it is."""
    sys.stderr.write(f"{harmless(text)}\n")
    sys.stderr.flush()


def tell(text: str) -> None:
    """Tell a person who watches what changed: one line on stderr when that is a terminal, else nothing.

    A script's or a job's stderr holds what is wrong, and nothing else.
    """
    if sys.stderr is not None and sys.stderr.isatty():
        say(text)


def harmless(text: str) -> str:
    """Return one line whose control and bidi characters are spelt out, so that a name cannot steer a terminal.

    >>> harmless("W1\\x1b[2J"), harmless("\\u202egpj"), harmless("two\\nlines")
    ('W1\\\\x1b[2J', '\\\\u202egpj', 'two\\\\nlines')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def harmless_json(text: str) -> str:
    """Return JSON that means the same, its control and bidi characters spelt out: JSON lets most of them stand.

    >>> harmless_json('{"model": "\u202ehaiku\U000e0001"}')
    '{"model": "\\\\u202ehaiku\\\\udb40\\\\udc01"}'
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else _json_escape(c) for c in text)


def _json_escape(c: str) -> str:
    units = c.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def put(text: str) -> None:
    """Print an answer on stdout: every tool's way there, for lines and whole pages."""
    is_painted = isinstance(text, Painted)
    sys.stdout.write(text if is_painted else "\n".join(map(harmless, text.split("\n"))))


def some(values: Sequence[object], most: int = 5) -> str:
    """Return the first of some values, and how many more there are.

    >>> some([3, 5, 8], 2)
    '3, 5 and 1 more'
    """
    more = f" and {len(values) - most:,} more" if len(values) > most else ""
    return ", ".join(map(str, values[:most])) + more


def stdin() -> IO[bytes]:
    """Return stdin as bytes; when it is a terminal, say that the tool waits for it."""
    if sys.stdin is None:
        raise Stop(NOTHING, "stdin is closed; give the input through a pipe or `< file`")
    if sys.stdin.isatty():
        say("reading from the terminal; paste the input, then press Ctrl-D")
    return sys.stdin.buffer


def terminal() -> IO[str] | None:
    """Return the terminal of whoever reads stderr, to take an answer from, or None where nobody is asked.

    stdin may be a pipe: rows come that way.  A script, a job and a test have no terminal on stderr.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    try:
        return open("/dev/tty", encoding="utf-8", errors="replace")
    except OSError:  # no terminal that is this process's own
        return None


def run(
    make_parser: Callable[[], argparse.ArgumentParser],
    main: Callable[[argparse.Namespace], int],
    words: list[str] | None = None,
) -> NoReturn:
    """Parse the options (`words`, default: those of the process), run `main`, end with its status.

    A `Stop` becomes one line on stderr, a reader that left or Ctrl-C a silent end;
    whatever was not foreseen keeps its traceback.
    """
    _open_what_is_closed()
    try:
        status = _status(make_parser, main, words)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        status = READER_LEFT
    except BaseExceptionGroup as several:  # of tasks that ran at the same time
        if several.split(BrokenPipeError)[1] is not None:
            raise
        _drop_stdout()
        status = READER_LEFT
    except KeyboardInterrupt:
        _drop_stdout()
        status = INTERRUPTED
    except OSError as failed:
        if failed.filename is not None or failed.errno not in (errno.ENOSPC, errno.EIO, errno.EFBIG):
            raise
        _drop_stdout()
        say(f"the output could not be written ({failed.strerror}); make room and run it again")
        status = TRY_LATER
    raise SystemExit(status)


def _status(
    make_parser: Callable[[], argparse.ArgumentParser],
    main: Callable[[argparse.Namespace], int],
    words: list[str] | None,
) -> int:
    try:
        args = make_parser().parse_args(words)
        global color
        color = getattr(args, "color", "auto")
        return main(args)
    except SystemExit as ended:  # the parser's own end: --help, --version, wrong options
        return ended.code if isinstance(ended.code, int) else OK
    except Stop as stop:
        if sys.stdout is not None:
            sys.stdout.flush()  # what was right comes before what was wrong
        say(str(stop))
        return stop.status
    except ModuleNotFoundError as lacking:
        from tracker import extras

        if (text := extras.what_is_missing(lacking.name)) is None:
            raise
        say(text)
        return NO_SETTING


def _open_what_is_closed() -> None:
    """Let what is written to a closed stdout or stderr (`>&-`) go nowhere; the next file would have its number."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))


def _drop_stdout() -> None:
    # The interpreter flushes stdout once more on its way out and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def hand_over() -> NoReturn:
    """Become `bin/tracker` with the same words: `python -m tracker.cli`, as the field plans type it."""
    from tracker import bases  # here, since few tools need to know where anything is

    tool = str(bases.TREE / "bin" / "tracker")
    os.execv(tool, [tool, *sys.argv[1:]])  # noqa: S606  the tool takes this process over


if __name__ == "__main__":
    hand_over()
