"""Checkout sessions: opened by the shop, completed by a customer on the hosted page."""
