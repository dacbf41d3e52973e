"""Receipts of gifts and giving statements.

Owns `receipts`, `receipt_series` and `giving_statements`.
"""
