"""What happened, in one folder to share: collected, searched for secrets, packed the same way each time."""
