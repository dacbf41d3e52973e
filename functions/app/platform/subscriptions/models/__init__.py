"""What subscriptions keep, say and are asked."""
