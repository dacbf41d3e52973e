"""The audit log: who opened, wrote or refused what, never the values. Owns `audit_entries`."""
