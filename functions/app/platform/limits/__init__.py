"""Rate limits that all instances share. Owns `rate_limits` and `limit_salts`."""
