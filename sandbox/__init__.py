"""Local stand-ins for the services the backend talks to, for development and tests alone."""
