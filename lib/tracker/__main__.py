"""`python -m tracker …` is `bin/tracker …`, whichever Python is asked."""

from tracker.cli import hand_over

hand_over()
