"""Real clients are driven by `make test-clients`, which sets TRACKER_CLIENTS; they come from the npm registry."""

import os

collect_ignore = (
    []
    if os.environ.get("TRACKER_CLIENTS")
    else [
        "test_claude_through_router.py",
        "test_meters_read_back.py",
    ]
)
