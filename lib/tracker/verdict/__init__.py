"""Gates, the card that joins them, and what may be claimed."""
