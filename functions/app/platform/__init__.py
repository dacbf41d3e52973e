"""Domains both products use: records, operations, the model and payments."""
