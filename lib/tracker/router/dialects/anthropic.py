"""The Messages API as Anthropic words it; what a lane of the user's own speaks unless it says otherwise.

Errors: `{"type":"error","error":{"type":"rate_limit_error","message":"…"},"request_id":"…"}`.
"""

from tracker.router.dialects import Dialect

DIALECT = Dialect()
