"""Keys: renewed, while everything stays readable. Owns `key_rotations`."""
