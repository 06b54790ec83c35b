"""What the report shows, and the server that shows it live."""
