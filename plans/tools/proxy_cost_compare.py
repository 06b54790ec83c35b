#!/usr/bin/env python3
"""The field plans' name for `cost-compare`, given the ledger's windows and the router's log.

proxy_cost_compare.py [--data-dir DIR] [--min N] …   the log is the one of `tracker where log`,
and what was rotated away beside it.
"""

import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
options, folder = sys.argv[1:], []
for at, word in enumerate(options):
    if word.partition("=")[0] == "--data-dir":
        end = at + 1 if "=" in word else at + 2
        folder, options = options[at:end], options[:at] + options[end:]
        break

log = Path(subprocess.check_output([root / "bin" / "tracker", "where", "log"], text=True).strip())
ledger = subprocess.run([root / "bin" / "ledger-cat", *folder], stdout=subprocess.PIPE, check=False)
if ledger.returncode not in (0, 66):
    sys.exit(ledger.returncode)
compare = subprocess.Popen([root / "bin" / "cost-compare", *options], stdin=subprocess.PIPE)
try:
    compare.stdin.write(ledger.stdout)
    for file in [*sorted(log.parent.glob(f"{log.stem}-*{log.suffix}")), log]:
        if file.exists():
            compare.stdin.write(file.read_bytes())
    compare.stdin.close()
except BrokenPipeError:
    pass  # --help, or a wrong option: it has said so
sys.exit(compare.wait())
