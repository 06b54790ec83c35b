"""What a client says instead of numbers, by the words that it says it with.

Panes lose blanks and come in capitals or not, so the words are looked for without blanks and in
small letters.  The first line that fits decides; the order is from the certain to the vague.
"""

from __future__ import annotations

from tracker.meters import Refusal

CLAUDE = (
    ("onlyavailableforsubscription", "no_subscription", "/usage is only for subscription plans"),
    ("isn'tavailableinthisenvironment", "not_available", "/usage isn't available in this environment"),
    ("isn’tavailableinthisenvironment", "not_available", "/usage isn't available in this environment"),
    ("authentication_error", "auth_error", "the client could not sign in"),
    ("scoperequirement", "auth_error", "the client's login may not read usage"),
    ("tokenhasexpired", "auth_error", "the client's login has expired"),
    ("pleaserun/login", "auth_error", "the client asks to sign in"),
    ("notloggedin", "auth_error", "the client is not signed in"),
    ("rate_limit_error", "endpoint_rate_limited", "the usage endpoint is rate limited"),
    ("endpointisratelimited", "endpoint_rate_limited", "the usage endpoint is rate limited"),
    ("usagepageisratelimited", "endpoint_rate_limited", "the usage page is rate limited"),
    ("ratelimited", "endpoint_rate_limited", "the usage endpoint is rate limited"),
    ("failedtoloadusage", "not_available", "the client could not load usage data"),
    ("couldn'tloadusage", "not_available", "the client could not load usage data"),
    ("couldn’tloadusage", "not_available", "the client could not load usage data"),
    ("couldnotloadusage", "not_available", "the client could not load usage data"),
    ("youarecurrentlyusingyour", "no_quota_lines", "only the subscription notice, no numbers"),
    ("doyoutrust", "interactive_prompt", "the client asks whether to trust the folder"),
    ("isthisaprojectyou", "interactive_prompt", "the client asks whether to trust the folder"),
    ("choosethetextstyle", "interactive_prompt", "the client asks for a text style"),
    ("selectloginmethod", "interactive_prompt", "the client asks how to sign in"),
    ("loadingusage", "loading", "the client is still fetching the numbers"),
    ("refreshing…", "loading", "the client is still fetching the numbers"),
)
CODEX = (
    ("usage_not_included", "no_subscription", "the plan has no Codex in it"),
    ("tousecodexwithyourchatgptplan", "no_subscription", "the plan has no Codex in it"),
    ("hityourusagelimit", "limit_reached", "Codex says that the limit is reached"),
    ("refreshrequested", "deferred", "Codex has asked for fresh numbers"),
    ("datanotavailableyet", "deferred", "Codex has no numbers yet"),
    ("sendamessagetoload", "deferred", "Codex loads the numbers with the first message"),
    ("run/statusagain", "deferred", "Codex asks to run /status again"),
    ("notavailableforthisaccount", "not_available", "Codex shows no limits for this account"),
    ("limits:visit", "not_available", "Codex sends you to its web page"),
    ("limits:", "not_available", "Codex shows no limits"),
    ("stdinisnotaterminal", "not_available", "Codex needs a terminal for /status"),
    ("signinwithchatgpt", "interactive_prompt", "Codex asks how to sign in"),
    ("doyoutrustthecontents", "interactive_prompt", "Codex asks whether to trust the folder"),
    ("doyoutrust", "interactive_prompt", "Codex asks whether to trust the folder"),
    ("notloggedin", "auth_error", "Codex is not signed in"),
    ("pleaselogin", "auth_error", "Codex asks to sign in"),
)
GEMINI = (
    ("exhaustedyourdailyquota", "limit_reached", "Gemini says that the day's quota is used up"),
    ("usagelimitreachedfor", "limit_reached", "Gemini says that a model's quota is used up"),
    ("waitingforauth", "auth_error", "Gemini is not signed in yet"),
    ("failedtologin", "auth_error", "Gemini could not sign in"),
    ("howwouldyouliketoauthenticate", "interactive_prompt", "Gemini asks how to sign in"),
    ("doyoutrust", "interactive_prompt", "Gemini asks whether to trust the folder"),
)


def find(said: str, words: tuple[tuple[str, str, str], ...]) -> Refusal | None:
    """Return why a text without numbers has none, if it says so; `said` is squeezed.

    >>> find("do you trust the files".replace(" ", ""), CLAUDE).word
    'interactive_prompt'
    """
    for fragment, word, seen in words:
        if fragment in said:
            return Refusal(word, seen)
    return None
