"""Mail: what people are to be told by e-mail, each at most once. Owns `outbox`."""
