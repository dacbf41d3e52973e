"""The `activity` document."""

from app.kit.model import Instant, Revised


class Activity(Revised):
    """`activity/{uid}`: when a person last did anything that was stored.

    Attributes:
        at: that time. Who only reads is known by their sign-in.
        warned_at: when they were told that their records will go; None after any activity.
    """

    at: Instant
    warned_at: Instant | None = None
