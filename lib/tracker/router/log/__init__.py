"""One usage row per message request."""
