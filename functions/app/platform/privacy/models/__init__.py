"""The documents and messages of rights."""
