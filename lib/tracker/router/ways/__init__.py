"""How a request leaves a client's connection, and how its reply gets there."""
