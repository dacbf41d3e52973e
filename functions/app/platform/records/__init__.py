"""Sensitive records: sealed and opened here alone. Owns `person_keys` in the database `keys`."""
