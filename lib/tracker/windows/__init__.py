"""From readings to a window: who may read when, what was used, what is missing."""
