"""The router's log: every line accounted for, rolled up, checked, watched."""
