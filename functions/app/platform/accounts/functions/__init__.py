"""The functions of accounts, split by what they are about."""
