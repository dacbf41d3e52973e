"""What people allow, and its history. Owns `consents`, `consent_events` and `part2_consents`."""
