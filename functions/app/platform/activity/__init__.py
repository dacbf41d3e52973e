"""Activity: when people last did anything here. Owns `activity`."""
