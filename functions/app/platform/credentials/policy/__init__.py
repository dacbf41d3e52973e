"""The decisions of credentials: links, passwords, and which providers lead into an account."""
