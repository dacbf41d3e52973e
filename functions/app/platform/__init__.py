"""Domains both products use: records, operations, accounts, the model and payments."""
