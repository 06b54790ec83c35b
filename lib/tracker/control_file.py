"""The control file: settings of a running router, one `NAME=value` a line, of which the last of two counts."""

from __future__ import annotations


def settings_in(text: str) -> dict[str, str]:
    """Return the settings by name in small letters, the one set last standing last; ValueError for a line that is none.

    >>> settings_in("export A='1'\\n# b=2\\nb = 0\\nA=0")
    {'b': '0', 'a': '0'}
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise ValueError(line)
        name = name.strip().lower()
        found.pop(name, None)
        found[name] = value.strip().strip("\"'")
    return found


def set_anew(before: dict[str, str], now: dict[str, str]) -> set[str]:
    """Return the names that somebody set between two looks at a control file that was written.

    scripts/router-control.sh writes what it sets last, so a name can be set anew to the value it had.

    >>> set_anew({"a": "0", "b": "1"}, {"b": "1", "a": "0"}), set_anew({"a": "0"}, {"a": "0"})
    ({'a'}, {'a'})
    """
    changed = {name for name, value in now.items() if before.get(name) != value}
    names = list(now)
    for count in range(1, len(names) + 1):
        last = names[-count:]
        if names[:-count] == [name for name in before if name in now and name not in last]:
            return changed | set(last)
    return changed
