"""Accounts: the people that Firebase Auth knows. Owns no collection."""
