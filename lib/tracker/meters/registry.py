"""Every surface that is read: whose it is, its name, its file, and the words it is known by.

A new surface is a file beside this one and a line here, above the lines that it is more certain
than: the first line whose words all stand in the text decides.  The words are looked for without
blanks and in small letters.  A line without words takes what is left.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

SURFACES = (
    ("claude", "monitor", "claude_monitor", ('"name":"claude-monitor"',)),
    ("claude", "monitor", "claude_monitor", ("tool.name=claude-monitor",)),
    ("claude", "monitor", "claude_monitor", ("claudecodeusagemonitor",)),
    ("claude", "headers", "claude_headers", ("anthropic-ratelimit-unified-",)),
    ("claude", "statusline", "claude_statusline", ('"rate_limits":', '"used_percentage":')),
    ("claude", "get_usage", "claude_account", ('"control_response"',)),
    ("claude", "oauth_usage", "claude_account", ('"utilization":',)),
    ("claude", "oauth_usage", "claude_account", ('"limits":[', '"kind":"session"')),
    ("claude", "statusline", "claude_statusline", ('{"', '"context_window":')),
    ("claude", "statusline", "claude_statusline", ('{"', '"transcript_path":', '"model":{')),
    ("claude", "oauth_usage", "claude_account", ('{"five_hour":null',)),
    ("claude", "ccusage", "ccusage", ('"blocks":[',)),
    ("claude", "markdown", "claude_markdown", ("5-hourlimit**", "%**")),
    ("claude", "markdown", "claude_markdown", ("5-hourlimit—",)),
    ("claude", "print", "claude_usage", ("currentsession:",)),
    ("claude", "print", "claude_usage", ("currentweek(allmodels):",)),
    ("claude", "tui", "claude_usage", ("currentweek(",)),
    ("claude", "tui", "claude_usage", ("(allmodels)",)),
    ("claude", "web", "claude_web", ("allmodels", "%used")),
    ("claude", "tui", "claude_usage", ("currentsession",)),
    ("claude", "banner", "claude_banner", ("limitreached",)),
    ("claude", "banner", "claude_banner", ("hityour", "limit")),
    ("claude", "banner", "claude_banner", ("reachedyour", "limit")),
    ("claude", "monitor", "claude_monitor", ("·5h",)),
    ("claude", "tui", "claude_usage", ()),
    ("codex", "app_server", "codex_limits", ('"ratelimits',)),
    ("codex", "rollout", "codex_limits", ('"token_count"',)),
    ("codex", "usage", "codex_limits", ('"rate_limit":',)),
    ("codex", "app_server", "codex_limits", ('"jsonrpc"',)),
    ("codex", "app_server", "codex_limits", ('{"id":', '"error":')),
    ("codex", "app_status", "codex_status", ("7dlimit:",)),
    ("codex", "status", "codex_status", ()),
    ("glm", "quota", "glm_quota", ('"limits":[',)),
    ("glm", "quota", "glm_quota", ('"limits":null',)),
    ("glm", "ccusage", "ccusage", ('"blocks":[',)),
    ("glm", "router", "glm_router", ('"kind":"usage"',)),
    ("glm", "error", "glm_error", ()),
)


def names(provider: str) -> list[str]:
    """Return the names of a provider's surfaces.

    >>> "tui" in names("claude")
    True
    """
    return sorted({name for owner, name, _, _ in SURFACES if owner == provider})


def recognise(provider: str, tight: str) -> tuple[str, str]:
    """Return (name, file) of the surface that a squeezed text is of."""
    for owner, name, file, words in SURFACES:
        if owner == provider and all(word in tight for word in words):
            return name, file
    raise LookupError(provider)


def file(provider: str, name: str, recognised: str) -> str:
    """Return the file of a named surface: the recognised one when it is among them."""
    files = [of for owner, named, of, _ in SURFACES if (owner, named) == (provider, name)]
    return recognised if recognised in files else files[0]


def load(of: str) -> ModuleType:
    """Return the module in a file of this folder; no other file of it is loaded."""
    return importlib.import_module(f"tracker.meters.{of}")
