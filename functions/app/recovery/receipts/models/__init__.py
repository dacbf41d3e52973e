"""The documents of receipts, what their pages say, and the messages of their functions."""
