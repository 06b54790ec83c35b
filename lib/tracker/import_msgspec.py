"""Import this first in a tool whose start is counted in milliseconds.

msgspec asks for typing_extensions, which takes longer to import than msgspec itself, and does as
well with the standard library's typing when there is none.
"""

import sys

if "msgspec" not in sys.modules and "typing_extensions" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules["typing_extensions"]
