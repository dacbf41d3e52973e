"""Stripe as payments use it: pages to pay on, and looks at what happened."""
