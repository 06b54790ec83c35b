"""`.env`: one reader for the router, the meters and the tools, by the rules of python-dotenv.

`export`, quotes, comments behind a value, spaces around `=`, a byte order mark and CRLF are as everybody
writes them; of two lines with one name the last counts.  `$` is a letter: a key may hold one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tracker import cli


def read(path: Path) -> dict[str, str]:
    """Return what a file sets, and nothing where there is no file; cli.Stop (78) when it cannot be read.

    A line that sets nothing is refused by its number, never by its words: it may hold a key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if "\0" in text:
            raise ValueError("a zero byte")  # UTF-16 without its mark, most often
    except FileNotFoundError:
        return {}
    except OSError as wrong:
        raise cli.Stop(cli.NO_SETTING, f"cannot read {path} ({wrong.strerror}); make it readable") from None
    except ValueError:
        raise cli.Stop(cli.NO_SETTING, f"{path} is no UTF-8 text; save it as UTF-8") from None
    import io

    from dotenv.parser import parse_stream

    found = {}
    for line in parse_stream(io.StringIO(text, newline=None)):
        if line.error:
            raise cli.Stop(
                cli.NO_SETTING, f"{path}, line {line.original.line}: this sets nothing; write NAME=value"
            )
        if line.key is not None and line.value is not None:
            found[line.key] = line.value
    return found


def take(path: Path, wanted: Callable[[str], bool]) -> frozenset[str]:
    """Put a file's settings into the environment where it has none, and return their names.

    Only names that are `wanted`; a variable that is set but empty is one that is not set.
    """
    # LANES_FILE first: which other names are wanted depends on it.
    said = sorted(read(path).items(), key=lambda pair: pair[0] != "LANES_FILE")
    taken = set()
    for name, value in said:
        if not os.environ.get(name) and wanted(name):
            os.environ[name] = value
            taken.add(name)
    return frozenset(taken)
