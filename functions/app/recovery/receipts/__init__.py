"""Receipts of gifts and giving statements.

Owns `receipts`, `receipt_series`, `receipt_intake` and `giving_statements`.
"""
