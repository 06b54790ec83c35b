"""Z.AI and bigmodel.cn.  Codes: docs.z.ai, error codes of the API; times in texts are UTC+8 without saying so.

Errors: `{"error":{"code":"1308","message":"Usage limit reached for 5 hour. Your limit will reset at …"}}`,
the same with `type`, `{"code":401,"msg":"…","success":false}`, texts in Chinese, `[1308][…]` inside a text.
`message_start` always says 0 tokens; the counts come with `message_delta`.
"""

import datetime
import re

from tracker.router.dialects import Dialect

DIALECT = Dialect(
    exhausted=frozenset({"1308", "1310", *(str(code) for code in range(1316, 1322))}),
    unpaid=frozenset({"1113", "1309"}),
    refused=frozenset({"401", "403", "1000", "1001", "1002", "1003", "1004", "1220", "authentication_error"}),
    too_long=frozenset({"1261"}),
    transient=frozenset({"429", "500", "1234", "1302", "1303", "1305", "1312", "1313"}),
    exhausted_text=re.compile(r"[Uu]sage limit reached|(?:使用|次数|限额).{0,6}上限"),
    code_text=re.compile(r"\[(1\d{3})\]"),
    clock=datetime.timezone(datetime.timedelta(hours=8)),
)
