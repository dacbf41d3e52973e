"""Stripe's API as a service: the client, its version and its errors. Owns no collection."""
