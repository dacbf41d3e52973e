"""Payments: what Stripe knows, kept as documents that the products listen to.

Owns `payment_events`, `payment_leases`, `payments` and `payment_movements`.
"""
