"""The `rate_limits` document."""

from app.kit.model import Document, Instant


class RateLimit(Document):
    """`rate_limits/{digest}`: how far one person used up the limit of one function.

    `arrival` is the theoretical arrival time of GCRA; past it the document says nothing any more.
    """

    uid: str
    arrival: Instant
