"""The Cloud Functions of connect."""
