"""The document of giving statements."""

from app.kit import ids
from app.kit.model import Cents, Document, Instant, Revised
from app.recovery.charity import Issuer


class Line(Document):
    """A receipt, as a statement lists it."""

    number: str
    given_at: Instant
    amount_cents: Cents
    reversed_cents: Cents


class StatementVersion(Document):
    """A statement that was issued, by its sums."""

    issued_at: Instant
    received_cents: Cents
    reversed_cents: Cents


class Statement(Revised):
    """`giving_statements/{id}`: what a donor gave in a year, less what went back.

    Attributes:
        ends_at: when the year is over.
        due_at: when it is to be issued, anew where it was before; None while it says what is so.
        issuer: who issued the last version.
        lines: of the last version.
        versions: as issued, the oldest first.
    """

    uid: str
    year: int
    ends_at: Instant
    due_at: Instant | None
    issuer: Issuer | None = None
    lines: tuple[Line, ...] = ()
    versions: tuple[StatementVersion, ...] = ()


def statement_id(uid: str, year: int) -> str:
    """Return the id of a donor's statement of a year."""
    return ids.digest("statement/v1", uid, str(year))[:32]
