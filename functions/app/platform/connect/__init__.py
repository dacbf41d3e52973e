"""Connect: coaches and vendors who are paid by way of Stripe, and what each of them has earned.

Owns `payees` and `earnings`.
"""
