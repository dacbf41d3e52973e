"""The Cloud Functions of payments: Stripe's webhooks, their worker, and the nets under both."""
