"""Keep redacted samples of message requests' bodies; off unless ENABLE_BODY_TEE=1."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from tracker.router.log import message_log
from tracker.router.log.body_samples import BodySampleTee

addons = message_log.addons_for(BodySampleTee(message_log.shared()))
