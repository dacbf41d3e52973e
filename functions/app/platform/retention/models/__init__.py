"""The documents and messages of retention."""
