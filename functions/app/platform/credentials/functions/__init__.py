"""The Cloud Functions of credentials, split by what they change."""
