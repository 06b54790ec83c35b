"""A loopback stand-in for the providers and the network between, for the demo, long runs and tests."""
