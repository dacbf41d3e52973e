"""What subscriptions decide."""
