"""What the sources' messages tell a person to type, and whether that exists and takes what it is given."""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import msgspec

from conftest import BIN, ROOT, TOOLS
from tracker import cli, rows
from tracker.ops import dispatch

HOLE = "\0"  # what a message fills in when it is said
# What a hole, or a word like W or TIME, may stand for: one of these has to be taken.
FILLINGS = ("7", "0.5", "claude", "W1", "2026-01-05T09:00:00Z", "x=1", "start")
PLACEHOLDER = re.compile(rf"{HOLE}|^[A-Z][A-Z_]*$")


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# Programs of others, that a message may name.
OTHERS = words("""
    bash cat cd claude claude-monitor codex command cp curl echo export fish git head iconv jq ls mail man mitmdump
    mkdir mv npm npx ccusage pbpaste pip pipx printf python python3 rm seq set sort tail tar test true uv wc zsh
""")
# Spans in backticks that are no command: words of rows, of formats and of other people's texts.
WORDS = words("anthropic array chunked default fixed float kind line null quotas stock")
# `make` that is no command.
ENGLISH = words("a an and are good it its room sense sure that the them this up")
# Files and folders that a person makes.
THEIRS = (
    "data/week0",
    "docs/Ledgers",
    "docs/System/scheduler/windows.local",
    "docs/System/capability_map/P/",
)


class Text(NamedTuple):
    """One message, and where it stands."""

    where: str
    said: str


def of_python(path: Path) -> Iterator[Text]:
    """Yield the strings of a Python file that are no docstrings, holes in place of what is filled in; a tool's help too."""
    tree = ast.parse(path.read_text())
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))  # a docstring
        elif isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in node.values}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            silent |= {id(part) for part in ast.walk(node)}  # a pattern is no message
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            silent.add(id(node.value))  # looked at line by line
    where = path.relative_to(ROOT)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else HOLE for part in node.values]
            yield Text(f"{where}:{node.lineno}", "".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "(?" not in node.value:
            yield Text(f"{where}:{node.lineno}", node.value)


def of_shell(path: Path) -> Iterator[Text]:
    """Yield what a shell script, or a Makefile's recipe, prints for a person, and its comment on top."""
    where = path.relative_to(ROOT)
    lines = path.read_text().splitlines()
    top = itertools.takewhile(lambda line: line.startswith("#"), lines)
    # On top, a script speaks of its own words too: there only what is one of our commands is looked at.
    ours = re.compile(rf"`(make |tracker |scripts/|({'|'.join(TOOLS)})(?![\w-]))")
    comment = "\n".join(line.lstrip("# ") for line in top)
    yield Text(
        f"{where}:1", re.sub(r"`[^`]*`", lambda span: span[0] if ours.match(span[0]) else "…", comment)
    )
    for number, line in enumerate(lines, 1):
        found = re.search(r"\b(?:echo|say|printf) +(?P<said>.*)", line)
        if found and not line.lstrip().startswith("#"):
            said = found["said"].replace("\\`", "`").replace("\\n", " ")
            yield Text(f"{where}:{number}", re.sub(r"\$\{[^}]*\}|\$\(.*?\)|\$\w+", HOLE, said))


def texts() -> list[Text]:
    """Return every message of the tools, the library, the scripts and the Makefile."""
    scripts = [path for path in sorted((ROOT / "scripts").rglob("*")) if path.is_file()]
    shell = [path for path in scripts if path.suffix in (".sh", ".fish")]
    python = (
        [BIN / name for name in TOOLS]
        + sorted((ROOT / "lib").rglob("*.py"))
        + sorted((ROOT / "addons").glob("*.py"))
    )
    python += [path for path in scripts if path.suffix == ".py" or path.name in ("audit", "gen-docs")]
    made = [text for path in python for text in of_python(path)]
    for path in [*shell, ROOT / "Makefile", ROOT / "tests/clients/install.sh", ROOT / "bench/startup"]:
        made += of_shell(path)
    return made


# --- what there is


@cache
def parser_of(name: str) -> cli.Parser:
    """Return a tool's own parser."""
    loader = SourceFileLoader(name.replace("-", "_"), str(BIN / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    with mock.patch("sys.argv", [name]):
        loader.exec_module(module)
        return module.make_parser()


@cache
def options_of(name: str) -> frozenset[str]:
    """Return every option that a tool takes, those of its commands too."""

    def of(parser) -> set[str]:
        found = set(parser._option_string_actions)
        for action in parser._actions:
            if action.nargs == "A...":
                found |= {flag for one in action.choices.values() for flag in of(one)}
        return found

    return frozenset(of(parser_of(name)))


@cache
def make_targets() -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Return the Makefile's targets, its settings, and the beginnings of those that end in %."""
    text = (ROOT / "Makefile").read_text()
    targets = frozenset(re.findall(r"^([a-z0-9-]+):", text, re.M))
    settings = frozenset(re.findall(r"^([A-Z_]+) \?=", text, re.M))
    # What a recipe's script reads from the environment is a setting of its target too.
    settings |= frozenset(re.findall(r"\b([A-Z][A-Z_]+)\b", text.partition("\n##@")[2]))
    scripts = "".join(path.read_text() for path in (ROOT / "scripts").glob("*.sh"))
    settings |= frozenset(re.findall(r"\$\{([A-Z][A-Z_]+):?[-?]", scripts))
    return targets, settings, tuple(re.findall(r"^([a-z-]+)%:", text, re.M))


@cache
def functions() -> frozenset[str]:
    """Return the names that sourcing the two files of short names gives a person, and a script's own."""
    source = "; ".join(f'source "{ROOT}/scripts/{name}"' for name in ("tracker-aliases.sh", "cc-aliases.sh"))
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-ic", f"{source}; declare -F"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "dumb"},
        check=True,
    )
    return frozenset(line.split()[-1] for line in ran.stdout.splitlines())


# --- what is wrong with what is advised


def wrong_command(text: str) -> str | None:
    """Return what is wrong with a line that a person is to type, or None.

    >>> wrong_command("ledger-cat | preview --format json"), wrong_command("make mitm OFFLOAD=false")
    (None, 'make has no setting OFFLOAD')
    """
    inner = re.findall(r"[$<]\(([^()]*)\)", text)
    text = re.sub(r"[$<]\([^()]*\)", "FILE", text)
    try:
        found = [*map(_pieces, [text, *inner])]
    except ValueError as unclosed:
        return str(unclosed)
    for words in itertools.chain.from_iterable(found):
        if wrong := _wrong_call(words):
            return wrong
    return None


def _pieces(text: str) -> Iterator[list[str]]:
    """Yield the simple commands of a line: no pipes, no redirections."""
    lexer = shlex.shlex(text.replace("\\\n", " ").replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    redirected = False
    for token in lexer:
        if redirected:
            redirected = False
        elif re.fullmatch(r"[<>]+&?", token):
            redirected = True
        elif re.fullmatch(r"[();|&]+", token):
            yield words
            words = []
        else:
            words.append(token)
    yield words


def _wrong_call(words: list[str]) -> str | None:
    while words and re.match(r"[A-Z_]+=", words[0]):
        name = words[0].partition("=")[0]
        if not _is_read_somewhere(name):
            return f"nothing reads {name}"
        words = words[1:]
    if not words or words[0] in OTHERS or words[0] in functions():
        return None
    name, *rest = words
    if name == "make":
        return _wrong_make(rest)
    if name in ("source", "."):
        return None if _exists(rest[0]) else f"{rest[0]} is not there"
    if name == "tracker":
        return _wrong_tracker(rest)
    if name in TOOLS:
        return _wrong_options(name, rest)
    if "/" in name:
        return None if _exists(name) else f"{name} is not there"
    return f"{name} is no command"


def _exists(path: str) -> bool:
    return (ROOT / path).exists() or path.startswith(("FILE", "~", "/path/to/", HOLE))


@cache
def _is_read_somewhere(name: str) -> bool:
    folders = [ROOT / folder for folder in ("bin", "lib", "scripts", "addons", "tests", "bench", "Makefile")]
    found = subprocess.run(["grep", "-rqwI", name, *map(str, folders)], check=False)
    return found.returncode == 0


def _wrong_make(words: Iterable[str]) -> str | None:
    targets, settings, beginnings = make_targets()
    for word in words:
        setting = re.match(r"([A-Z_]+)=", word)
        if setting and setting[1] not in settings:
            return f"make has no setting {setting[1]}"
        if not setting and word not in targets and not word.startswith(beginnings):
            return f"make has no target {word}"
    return None


def _wrong_tracker(words: list[str]) -> str | None:
    if not words or words[0].startswith("-"):
        return _wrong_options("tracker", words)
    own, options = dispatch.split(words)
    if wrong := _wrong_options("tracker", own):
        return wrong
    folder = "--data-dir" in own
    command, *behind = own[2 * folder :]
    if command in ("where", "run"):
        return _wrong_options(behind[0], options) if command == "run" else None
    try:
        if command == "alias":
            found, options = dispatch.alias(*behind[:2], options)
        else:
            found = dispatch.INGEST[behind[0]] if command == "ingest" else dispatch.COMMANDS[command]
        steps = dispatch.steps(found, options, None, "ingest")
    except cli.Stop as wrong:
        return str(wrong)
    for step in steps:
        if wrong := _wrong_options(Path(step[0]).name, step[1:]):
            return wrong
    return None


class _Wrong(Exception):
    pass


def _raise(self, message: str) -> None:
    raise _Wrong(message)


def _wrong_options(name: str, words: list[str]) -> str | None:
    """Return what a tool's parser says against some words; what advice leaves out is no fault."""
    if name not in TOOLS:
        return f"{name} is no tool"
    places = [at for at, word in enumerate(words) if PLACEHOLDER.search(word)]
    said = None
    for values in itertools.product((r"\g<0>", *FILLINGS), repeat=min(len(places), 3)):
        filled = list(words)
        for at, value in zip(places, itertools.chain(values, itertools.repeat("1")), strict=False):
            filled[at] = PLACEHOLDER.sub(value, filled[at])
        with (
            mock.patch.object(cli.Parser, "error", _raise),
            mock.patch("sys.argv", [name]),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            try:
                parser_of(name).parse_args(filled)
            except SystemExit:  # --help
                return None
            except _Wrong as wrong:
                if re.search(r"arguments are required|expected one argument", str(wrong)):
                    return None  # named, and not said with what
                said = f"{name}: {wrong}"
            else:
                return None
    return said


def wrong_text(text: Text) -> list[str]:
    """Return what is wrong with what a message recommends: in backticks, by `make`, by a name or an option."""
    wrong = []
    for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text.said.replace("```", "")):
        if (said := _wrong_span(" ".join(re.split(r"\s+", span)))) is not None:
            wrong.append(f"`{span}`: {said}")
    plain = re.sub(r"`[^`]+`", "…", text.said)
    for word, settings in re.findall(r"\bmake ([a-z][a-z-]*[a-z]|[a-z])((?: [A-Z_]+=\S+)*)", plain):
        if word not in ENGLISH and (said := _wrong_make([word, *settings.split()])):
            wrong.append(said)
    for word in re.findall(r"(?<![\w/.-])(cc[a-z0-9]+(?:_[a-z]+)?)(?![\w/.-])(?!_)", plain):
        if word not in functions() and word not in OTHERS and " " in text.said:
            wrong.append(f"{word} is no short name")
    for name, options in re.findall(rf"(?<![\w/-])({'|'.join(TOOLS)})((?: --[a-z][a-z-]+)+)", plain):
        wrong += [f"{name} has no {one}" for one in options.split() if not _takes(name, one)]
    strange = _strange_options(text.where, plain)
    wrong += [f"no tool has {one}" for one in strange if not any(one in said for said in wrong)]
    for path in re.findall(r"(?<![\w/.~-])((?:docs|scripts|data|addons|plans|bench)/[\w./-]*\w)", plain):
        if not (ROOT / path).exists() and not path.startswith(THEIRS):
            wrong.append(f"{path} is not there")
    return wrong


@cache
def _fields() -> frozenset[str]:
    """Return the names of the kinds of rows and of their fields, which messages put in backticks too."""
    names = {field.name for kind in rows.KINDS.values() for field in msgspec.structs.fields(kind)}
    return frozenset(names | rows.KINDS.keys())


def _strange_options(where: str, plain: str) -> list[str]:
    """Return the options in a sentence that no tool and no script takes; in a tool's own, those of other tools."""
    if " " not in plain.strip() or plain.startswith("--"):
        return []
    said = re.findall(rf"(?<![\w-])(--[a-z][a-z-]*[a-z])(?![\w-]*{HOLE})", plain)
    named = {name for name in TOOLS if re.search(rf"(?<![\w-]){name}(?![\w-])", plain)}
    own = where.partition(":")[0].removeprefix("bin/")
    there = named | {own} if own in TOOLS else TOOLS
    if "tracker" in there:
        there = TOOLS
    return [one for one in said if one not in _of_scripts() and not any(_takes(name, one) for name in there)]


@cache
def _of_scripts() -> frozenset[str]:
    """Return the options that scripts read or hand on to other programs."""
    return words(" ".join(re.findall(r"--[a-z][a-z-]*[a-z]", _all_scripts())))


def _all_scripts() -> str:
    return "".join(path.read_text() for path in sorted((ROOT / "scripts").rglob("*")) if path.is_file())


def _takes(name: str, option: str) -> bool:
    """Say whether a tool takes an option; `tracker` alone stands for all of its commands."""
    return option in options_of(name) or (
        name == "tracker" and any(option in options_of(one) for one in TOOLS)
    )


def _wrong_span(span: str) -> str | None:
    if span in WORDS | _fields() or not re.search(r"[a-z]", span) or span.startswith(HOLE):
        return None
    if re.match(r"[])}?*+|]", span):
        return None  # between two signs of a pattern, no command begins so
    if span.startswith("--"):
        option = span.split()[0].split("=")[0]
        return None if any(option in options_of(name) for name in TOOLS) else f"no tool has {option}"
    if (
        re.match(r"[<>] |[\d$]", span)
        or "%" in span
        or re.fullmatch(r"\W*text\W*|bash\s*\W*|W0-.*|id/rows", span)
    ):
        return None  # a redirection, a line of input, a page's own fence
    return wrong_command(span)


def examples(name: str) -> list[str]:
    """Return the command lines of a tool's examples, as its help shows them."""
    epilog = parser_of(name).epilog or ""
    block = epilog.removeprefix("examples:").partition("\n\nexit status:")[0]
    lines = re.sub(r"\\\n\s*|\|\n\s*", lambda found: found[0][0].replace("\\", " "), block).splitlines()
    return [line.strip() for line in lines if line.strip()]
