"""What a Python must have to run these tests, for one clear line instead of a page of import errors."""

from __future__ import annotations

import sys
from importlib.util import find_spec

PACKAGES = ("msgspec", "numpy", "scipy", "tabulate", "hypothesis", "h11")
RUN = "run `make test` (`make behave`), or .venv/bin/pytest (.venv/bin/behave) after `make setup-dev`"


def lacking() -> str | None:
    """Return what the Python that runs this lacks, and what to run instead; None: it has what it takes."""
    if sys.version_info < (3, 11):  # noqa: UP036  whoever runs it chose the Python
        return f"the tests need Python 3.11 or newer (this is {sys.version.split()[0]}); {RUN}"
    names = [name for name in PACKAGES if find_spec(name) is None]
    if names:
        return f"this Python ({sys.executable}) is not the project's: it has no {', '.join(names)}; {RUN}"
    return None
