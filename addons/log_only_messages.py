"""Log every `/v1/messages` request to logs/usage.jsonl, and nothing else; route nothing.

Alone it is the observer of a campaign that must not change any traffic.  In a chain it stands
before `body_sample_tee.py` and `haiku_glm_router.py`, and each request is still logged once.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from tracker.router.log import message_log

addons = message_log.addons_for(message_log.shared())
