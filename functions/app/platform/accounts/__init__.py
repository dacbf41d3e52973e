"""Accounts: who people are. Owns `accounts`, `sessions`, `role_changes`, and Firebase Auth."""
