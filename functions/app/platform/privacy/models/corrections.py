"""The `corrections` document, and the messages of its functions."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from app.kit.model import Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest

MAX_PROPOSED = 2000
MAX_REASON = 1000
PAGE_MAX = 50

RecordTypeName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,63}$")]
FieldName = Annotated[str, Field(pattern=r"^[a-z][A-Za-z]{0,63}$")]


class AnyRecord(Document):
    """A record of whatever type, as it is stored: a correction asks only whose it is."""

    model_config = ConfigDict(extra="allow")


class CorrectionState(StrEnum):
    """How far a request for correction is."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DENIED = "denied"


class Correction(Revised):
    """`corrections/{id}`: what a person says is wrong in a record, and what was decided.

    The record stays as it was, since what was written from it rests on it; the correction, or the
    person's disagreement where it was denied, is kept beside it (GDPR art. 16, 45 CFR 164.526).
    Seals `proposed` and `reason` of the person, and `answer` of who decided.
    """

    uid: str
    record_type: str
    record_id: DocumentId
    field: str
    state: CorrectionState = CorrectionState.REQUESTED
    requested_at: Instant
    due_at: Instant
    decided_at: Instant | None = None
    decided_by: str | None = None
    sealed: dict[str, bytes]


class RequestCorrection(Message):
    """The request of `privacy_correct`.

    Attributes:
        record_type: the name of the record's collection, as in an export.
        record_id: of a record of the caller's own.
        field: what in it is wrong.
        proposed: what it should say.
        reason: why.
    """

    idempotency_key: IdempotencyKey
    record_type: RecordTypeName
    record_id: DocumentId
    field: FieldName
    proposed: Annotated[str, Field(max_length=MAX_PROPOSED)]
    reason: Annotated[str, Field(max_length=MAX_REASON)]


class ListCorrections(PageRequest):
    """The request of `privacy_list_corrections`."""


class ListOpenCorrections(Message):
    """The request of `privacy_list_open_corrections`."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 20


class ReadCorrection(Message):
    """The request of `privacy_read_correction`."""

    correction_id: DocumentId


class DecideCorrection(Message):
    """The request of `privacy_decide_correction`. `answer` is the reason, for the person."""

    idempotency_key: IdempotencyKey
    correction_id: DocumentId
    accepted: bool
    answer: Annotated[str, Field(max_length=MAX_REASON)]


class CorrectionItem(Message):
    """A request for correction without its texts."""

    correction_id: DocumentId
    record_type: str
    record_id: DocumentId
    field: str
    state: CorrectionState
    requested_at: Instant
    due_at: Instant
    decided_at: Instant | None


class CorrectionView(CorrectionItem):
    """A request for correction. `answer` is null until it is decided."""

    proposed: str
    reason: str
    answer: str | None


class CorrectionPage(Message):
    """The response of `privacy_list_corrections`, newest first."""

    items: tuple[CorrectionView, ...]
    next_cursor: str | None


class OpenCorrections(Message):
    """The response of `privacy_list_open_corrections`: those due first come first."""

    items: tuple[CorrectionItem, ...]
