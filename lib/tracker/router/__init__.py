"""The router: which lane a request takes, the way there and back, and one row about it."""
