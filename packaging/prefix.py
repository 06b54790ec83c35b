"""`make install` and `make uninstall`: the clone below PREFIX, its two environments with it, DESTDIR before all.

PREFIX/lib/plan-meters holds everything; PREFIX/bin and PREFIX/share have links into it, which are relative, so
that a tool runs from below DESTDIR too.  What `make setup` made is copied: nothing is asked of an index.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))
sys.path.insert(0, str(ROOT / "lib"))

from carried import CARRIED, files  # noqa: E402

from tracker.bases import DISTRIBUTION  # noqa: E402

LIST = "installed.txt"  # in PREFIX/lib/plan-meters: what lies outside of it
ENVIRONMENTS = {".venv": "use.txt", ".venv-router": "router.txt"}
SERVICES = {
    "systemd/plan-meters-router.service": "share/systemd/user",
    "launchd/plan-meters.router.plist": f"share/{DISTRIBUTION}",
}


def install(prefix: Path, destdir: str, only: Collection[str] = ()) -> Path:
    """Install below DESTDIR + PREFIX what is there of the clone, and return the folder.

    `only`: the packages that are taken along, default every one that is pinned.  What was installed there
    before is taken away first.
    """
    below = _below(prefix, destdir)
    uninstall(prefix, destdir)
    own = below / "lib" / DISTRIBUTION
    tree = own / "tracker" / "tree"
    shutil.copytree(ROOT / "lib" / "tracker", own / "tracker", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*CARRIED, ".cache/native"):
        for path in files(ROOT / name):
            _copy(path, tree / path.relative_to(ROOT))
    for name, pins in ENVIRONMENTS.items():
        if (ROOT / name / "bin" / "python").exists():
            _environment(ROOT / name, tree / name, prefix, _pinned(ROOT / "requirements" / pins), only)
    compileall.compile_dir(own / "tracker", quiet=2, stripdir=destdir or None)
    made = list(_links(below, tree))
    for name, folder in SERVICES.items():
        made.append(below / folder / Path(name).name)
        made[-1].parent.mkdir(parents=True, exist_ok=True)
        made[-1].write_text((ROOT / "packaging" / name).read_text().replace("@PREFIX@", str(prefix)))
    (own / LIST).write_text("".join(f"{path.relative_to(below)}\n" for path in made))
    return below


def uninstall(prefix: Path, destdir: str) -> int:
    """Take away what `install` made and nothing else, and return how many links and files lay outside its folder."""
    below = _below(prefix, destdir)
    own = below / "lib" / DISTRIBUTION
    if not own.exists():
        return 0
    names = (own / LIST).read_text().splitlines() if (own / LIST).exists() else []
    for name in names:
        (below / name).unlink(missing_ok=True)
    shutil.rmtree(own)
    return len(names)


def _below(prefix: Path, destdir: str) -> Path:
    return Path(destdir + str(prefix)) if destdir else prefix


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, to)


def _links(below: Path, tree: Path) -> Iterator[Path]:
    """Link tools, manual pages and completions to where a shell and `man` look for them."""
    for tool in sorted((tree / "bin").iterdir()):
        yield _link(below / "bin" / tool.name, tool)
    for page in sorted((ROOT / "man").glob("*.1")):
        yield _kept(below / "share/man/man1" / page.name, page)
    yield _kept(below / "share/zsh/site-functions/_tracker", ROOT / "completions/_tracker")
    bash = below / "share/bash-completion/completions"
    yield _kept(bash / "tracker", ROOT / "completions/tracker.bash")
    for tool in sorted((tree / "bin").iterdir()):
        if tool.name != "tracker":
            yield _link(bash / tool.name, bash / "tracker")


def _link(path: Path, to: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(to, path.parent))
    return path


def _kept(path: Path, source: Path) -> Path:
    _copy(source, path)
    return path


def _pinned(path: Path) -> set[str]:
    return {_plain(name) for name in re.findall(r"^([\w.-]+)==", path.read_text(), re.MULTILINE)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _environment(source: Path, to: Path, prefix: Path, pinned: set[str], only: Collection[str]) -> None:
    """Make an environment of the same interpreter, with the pinned packages of one that `make setup` filled."""
    [site] = source.glob("lib/python3*/site-packages")
    interpreter = (source / "bin" / "python").resolve()
    folder = to / site.relative_to(source)
    folder.mkdir(parents=True)
    (to / "bin").mkdir()
    (to / "bin" / "python").symlink_to(interpreter)
    (to / "pyvenv.cfg").write_text(f"home = {interpreter.parent}\ninclude-system-site-packages = false\n")
    final = prefix / "lib" / DISTRIBUTION / "tracker" / "tree" / to.name
    for package in metadata.distributions(path=[str(site)]):
        name = _plain(package.metadata["Name"])
        if name not in pinned or (only and name not in only):
            continue
        for file in package.files or ():
            path = Path(os.path.normpath(site / file))
            if path.is_file():
                _copy(path, to / path.relative_to(source))
                if path.parent == source / "bin":
                    _starts(to / "bin" / path.name, final)


def _starts(script: Path, final: Path) -> None:
    """Have a package's own program start the interpreter that lies beside it once it is installed."""
    text = script.read_bytes()
    if text.startswith(b"#!") and b"python" in text.partition(b"\n")[0]:
        script.write_bytes(f"#!{final}/bin/python\n".encode() + text.partition(b"\n")[2])


def _prefix(text: str) -> Path:
    if not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} is no absolute path; write PREFIX=/usr/local")
    return Path(os.path.normpath(text))


def main() -> None:
    """Take the options of the Makefile."""
    parser = argparse.ArgumentParser(prog="prefix.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("action", choices=("install", "uninstall"))
    parser.add_argument("--prefix", type=_prefix, required=True)
    parser.add_argument("--destdir", default="")
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    try:
        if args.action == "install":
            print(install(args.prefix, args.destdir, args.only) / "bin")
        elif not uninstall(args.prefix, args.destdir):
            raise SystemExit(
                f"uninstall: nothing of {DISTRIBUTION} is in {_below(args.prefix, args.destdir)}; name its PREFIX"
            )
    except PermissionError as wrong:
        raise SystemExit(
            f"{args.action}: cannot write {wrong.filename}; `sudo make {args.action} PREFIX={args.prefix}`, or PREFIX=$HOME/.local"
        ) from None


if __name__ == "__main__":
    main()
