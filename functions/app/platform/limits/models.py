"""The `rate_limits` and `limit_salts` documents."""

from app.kit.model import Document, Instant


class RateLimit(Document):
    """`rate_limits/{digest}`: how far a person or a subject used up the limit of one function.

    `uid` is "" for a subject, which the id does not tell. `arrival` is the theoretical arrival
    time of GCRA; past it the document says nothing any more.
    """

    uid: str
    arrival: Instant


class LimitSalt(Document):
    """`limit_salts/{day}`: what makes the ids of that day's subjects one-way once it is deleted."""

    salt: bytes
    expires_at: Instant
