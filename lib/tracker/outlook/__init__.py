"""Where each quota stands, when it will be full, and who is to be told: reads what is there, asks nobody."""
