"""The public ledger: a double-entry journal of every cent. Owns all `ledger_*` collections."""
