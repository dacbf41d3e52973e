"""What donations keep, and the messages of their functions."""
