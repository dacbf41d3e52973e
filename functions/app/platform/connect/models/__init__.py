"""What connect keeps, what it reads of Stripe, and the messages of its functions."""
