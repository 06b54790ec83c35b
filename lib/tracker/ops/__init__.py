"""The plans' commands as pipes, the bundle, the pages written from the code."""
