"""Who may open which records. Pure; the one place where that is decided."""

from app.kit.errors import NotFoundError
from app.platform.records.models import Owner, Purpose, Reader, Record, System

SYSTEM_READS: dict[Purpose, frozenset[str]] = {
    Purpose.ANALYSIS: frozenset({"assessment_records", "analyses", "plan_requests"}),
}
"""The collections that each purpose of the system needs, and no more."""


def require_access(record: Record, reader: Reader) -> None:
    """Refuse a reader who may not open `record`.

    Raises:
        NotFoundError: it is not theirs; they may not even know that it exists.
    """
    match reader:
        case Owner(uid):
            allowed = uid == record.uid
        case System(purpose):
            allowed = record.collection in SYSTEM_READS[purpose]
    if not allowed:
        raise NotFoundError("There is no such record.")
