"""Stripe as donations use it, beyond pages that are paid on once."""
