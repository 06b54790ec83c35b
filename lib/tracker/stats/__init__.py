"""Numbers in, a named result out: no rows, no options, no printing."""
