"""A local Stripe: what the real SDK needs to take, refund and report one-off payments."""
