"""Import tabulate by this: its own import takes as long as all else that a tool does to start.

It asks for its own version, by importlib.metadata, and for wcwidth, which counts wide signs and is not
among our packages; it does as well when there is neither, and tables are the same wherever they are drawn.
"""

import sys
from types import ModuleType

if "tabulate" in sys.modules:
    import tabulate
else:
    nothing = ModuleType("importlib.metadata")
    nothing.version = lambda name: ""  # type: ignore[attr-defined]
    nothing.PackageNotFoundError = ImportError  # type: ignore[attr-defined]
    before = {name: sys.modules.get(name) for name in ("importlib.metadata", "wcwidth")}
    sys.modules |= {"importlib.metadata": before["importlib.metadata"] or nothing}
    sys.modules["wcwidth"] = None  # type: ignore[assignment]
    try:
        import tabulate
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module

tabulate.MIN_PADDING = 0

__all__ = ["tabulate"]
