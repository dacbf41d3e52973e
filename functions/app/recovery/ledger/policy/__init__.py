"""What the ledger decides. Pure: no clock, no randomness, no database."""
