"""What is past its time, and who may hold and let go. Pure."""
