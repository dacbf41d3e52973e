"""What may be planned, and how long it takes. Pure."""
