"""Run a tool of bin/ with the project's own interpreter and packages.

Every file of bin/ hands itself to this one: `.venv/bin/python -SI lib/start.py TOOL ARGUMENTS`.
`-S` and `-I` keep the caller's PYTHONPATH, user site and any active environment out, and halve
the start-up time; so the two folders that a tool needs are put on the path here.
"""

import os
import sys

tool = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
sys.path.insert(0, here)
sys.path.append(os.path.join(sys.executable.rpartition("/bin/")[0], "lib", version, "site-packages"))
if not os.path.isdir(os.path.join(here, "tracker")):  # an installed tree: the package is three folders up
    import site

    site.main()
    sys.path.append(os.path.normpath(os.path.join(here, "../../..")))
sys.argv[:] = sys.argv[1:]
with open(tool, encoding="utf-8") as file:
    code = compile(file.read(), tool, "exec")
exec(code, {"__name__": "__main__", "__file__": tool})
