"""Git into lines added, and lines gone again a fortnight later."""
