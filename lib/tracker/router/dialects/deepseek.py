"""DeepSeek.  Statuses and what it takes of a request: api-docs.deepseek.com, error codes and Anthropic API.

Errors: `{"error":{"message":"…","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`;
402 is an empty balance.  `anthropic-beta` and `anthropic-version` are ignored there, and so is `top_k`.
"""

from tracker.router.dialects import MEMBERS, Dialect

DIALECT = Dialect(members=MEMBERS - {"top_k"} | {"output_config"}, betas=False)
