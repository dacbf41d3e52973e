"""What follows from answers. Pure: the time is an argument like any other."""
