"""The data of credentials."""
