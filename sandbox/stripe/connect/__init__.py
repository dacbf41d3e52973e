"""Connect: accounts of others on the platform, and the money it transfers to them."""
