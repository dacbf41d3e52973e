"""Customers: who pays at Stripe, and the payment methods they saved. Owns `customers`."""
