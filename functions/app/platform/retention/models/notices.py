"""What people are told before something of theirs is deleted."""

from enum import StrEnum

from app.kit.model import Document, Instant


class NoticeKind(StrEnum):
    """What a notice is about."""

    COACHING_RECORDS_END = "coaching_records_end"


class Notice(Document):
    """`notices/{id}`: that records will be deleted at `ends_at` unless the person comes back."""

    uid: str
    kind: NoticeKind
    at: Instant
    ends_at: Instant
