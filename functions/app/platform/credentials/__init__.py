"""Credentials: how people prove whose an account is, by address and password.

Owns `account_links`, `account_locks` and `reset_requests`. Its functions are named `accounts_*`,
since that is what they are to clients.
"""
