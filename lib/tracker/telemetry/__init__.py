"""The router's log: every line accounted for, rolled up, checked, watched."""

BREAKDOWNS = (
    "session",
    "agent",
    "agent-type",
    "account",
    "project",
    "client",
    "day",
)  # what `summarize --by` knows
