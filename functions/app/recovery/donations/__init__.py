"""Donations: gifts from checkout to refund. Owns the `donations` collection."""
