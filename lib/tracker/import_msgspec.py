"""Import msgspec by this where a tool's start is counted in milliseconds.

msgspec asks for typing_extensions, which takes longer to import than msgspec itself, and does as
well with the standard library's typing when there is none.
"""

import sys

if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
    import msgspec
else:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec
    finally:
        del sys.modules["typing_extensions"]

__all__ = ["msgspec"]
