"""Recurring money: saved cards, coupons, subscriptions, invoices and the customer portal."""
