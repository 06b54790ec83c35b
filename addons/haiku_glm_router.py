"""Send Haiku's message requests to Z.AI when FORCE_HAIKU_TO_ZAI=1: `mitmdump -s addons/haiku_glm_router.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from tracker.router.decide import chain

addons = chain()
# mitmproxy asks a script itself for every event before it asks the script's addons; in a module a name
# that is missing costs more than one that stands for nothing.
requestheaders = request = responseheaders = response = update = None
