"""The data of payments: events, what mirrors Stripe, and movements of money."""
