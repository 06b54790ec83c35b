"""Moonshot's Kimi.  Types and texts: platform.kimi.ai, API errors; Kimi Code's from its error reference.

Errors: `{"error":{"type":"exceeded_current_quota_error","message":"…"}}`; the used-up plan of Kimi Code is a
403 or 429 in words, "You've reached your usage limit for this billing cycle".
"""

import re

from tracker.router.dialects import Dialect

DIALECT = Dialect(
    unpaid=frozenset({"exceeded_current_quota_error", "billing_error"}),
    refused=frozenset(
        {
            *("invalid_authentication_error", "incorrect_api_key_error", "authentication_error"),
            *("permission_denied_error", "permission_error", "access_terminated_error"),
        }
    ),
    transient=frozenset({"engine_overloaded_error", "rate_limit_reached_error", "server_error"}),
    exhausted_text=re.compile(r"reached your usage limit"),
)
