"""What Stripe's truth means for us. Pure: any order of the same facts gives the same result."""
