"""The decisions of mail: `outbox` for its states, `templates` for its words, `message` for both."""
