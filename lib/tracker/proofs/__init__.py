"""What the runs and checks against the router judge by."""
