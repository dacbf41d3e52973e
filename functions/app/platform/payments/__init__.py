"""Payments: what Stripe knows, kept as documents that the products listen to.

Owns `payment_events`, `payment_leases`, `payments`, `stripe_*`, `payment_movements`,
`payment_feeds`, `payment_reconciliations` and `payment_cases`.
"""
