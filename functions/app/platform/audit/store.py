"""The only code that reads or writes the collections of the audit log."""

from app.kit import firestore, ids
from app.kit.firestore import Collection, ConflictError, Write
from app.platform.audit.models import AuditEntry

entries = Collection("audit_entries", AuditEntry)


def entry(entry: AuditEntry) -> Write:
    """Return the write that adds an entry, to be part of the commit of what it tells of."""
    return entries.create(ids.new(), entry)


def keep(*trail: Write) -> None:
    """Add entries of something that makes no commit of its own. One commit, or none for none.

    Raises:
        UnavailableError: they may not have been kept; what they tell of must not happen.
    """

    def attempt() -> None:
        try:
            firestore.commit(*trail)
        except ConflictError:
            return  # ids are random: what is there is this entry, and its answer was lost

    if trail:
        firestore.retrying(attempt)
