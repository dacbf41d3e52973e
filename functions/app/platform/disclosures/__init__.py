"""Disclosures: what consents let others read, and the account of it. Owns no collection."""
