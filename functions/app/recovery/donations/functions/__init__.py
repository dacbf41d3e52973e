"""The Cloud Functions of donations."""
