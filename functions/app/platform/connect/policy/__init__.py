"""What is owed to whom and when it moves. Pure."""
