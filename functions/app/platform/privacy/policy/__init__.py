"""What people are given, and when what they ask for is done. Pure."""
