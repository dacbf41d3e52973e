"""The `erasures` document, and the messages of its functions."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from app.kit.model import Document, DocumentId, IdempotencyKey, Instant, Message, Revised


class ErasureState(StrEnum):
    """How far an erasure is."""

    SCHEDULED = "scheduled"
    """It can be taken back."""
    CANCELLED = "cancelled"
    RUNNING = "running"
    DONE = "done"


class Step(StrEnum):
    """What is done next while an erasure runs, in this order."""

    HOLD = "hold"
    """Look whether something must be kept for a legal matter: then all waits."""
    ACCOUNT = "account"
    """Delete the account: nobody signs in any more."""
    KEYS = "keys"
    """Destroy the person's keys: what is sealed is unreadable, and nothing can be sealed."""
    DOCUMENTS = "documents"
    FILES = "files"
    SETTLE = "settle"
    """Wait until no token, and no work begun before, can write any more."""
    VERIFY = "verify"
    """Look for what is left; if there is something, begin at the account again."""


class ErasedType(Document):
    """How many documents of one type were deleted."""

    collection: str
    holds: str
    count: int


class KeptType(Document):
    """How many documents of one type are kept, why, and until when at the latest."""

    collection: str
    holds: str
    count: int
    duty: str
    until: Instant


class Report(Document):
    """What an erasure did.

    Attributes:
        erased: what was deleted.
        files: how many files were deleted.
        kept: what is kept under a duty. What was sealed in it cannot be read any more.
        account_deleted_at: no later than this the account was deleted.
        keys_destroyed_at: when the keys were.
        caches_empty_at: from then on no server has the keys in memory.
        key_backups_gone_at: from then on no backup of the keys is left.
        data_backups_gone_at: from then on no backup of what was deleted is left.
    """

    erased: tuple[ErasedType, ...]
    files: int
    kept: tuple[KeptType, ...]
    account_deleted_at: Instant
    keys_destroyed_at: Instant
    caches_empty_at: Instant
    key_backups_gone_at: Instant
    data_backups_gone_at: Instant


class Erasure(Revised):
    """`erasures/{digest of the uid}`: the latest erasure of one person.

    There is one document for each person, so there is one erasure at a time.

    Attributes:
        uid: the person.
        receipt: digest of what opens the report once the account is gone.
        state: how far it is.
        requested_at: when the person asked.
        starts_at: until then it can be taken back.
        held: whether it is due and waits for the end of a legal hold.
        step: what is done next while it runs.
        next_at: when the sweep takes it up (again); None where there is nothing left to do.
        erased: documents deleted so far by collection.
        files: files found so far.
        files_counted: whether the files that are being deleted now are in `files`.
        keys_destroyed_at: when the keys were destroyed.
        settled_at: the end of `Step.SETTLE`.
        finished_at: when it ended, or was taken back.
        report: once it is done.
    """

    uid: str
    receipt: str
    state: ErasureState = ErasureState.SCHEDULED
    requested_at: Instant
    starts_at: Instant
    held: bool = False
    step: Step = Step.HOLD
    next_at: Instant | None
    erased: dict[str, int] = Field(default_factory=dict)
    files: int = 0
    files_counted: bool = False
    keys_destroyed_at: Instant | None = None
    settled_at: Instant | None = None
    finished_at: Instant | None = None
    report: Report | None = None

    def at_step(self, step: Step) -> bool:
        """Whether it runs, and that step is next."""
        return self.state is ErasureState.RUNNING and self.step is step


class RequestErasure(Message):
    """The request of `privacy_erase`; `confirmation` is typed by the person themselves."""

    idempotency_key: IdempotencyKey
    confirmation: Literal["ERASE MY ACCOUNT"]


class ErasureScheduled(Message):
    """The response of `privacy_erase`.

    `receiptId` opens the report when the account is gone. It is shown here only.
    """

    starts_at: Instant
    receipt_id: str


class CancelErasure(Message):
    """The request of `privacy_cancel_erasure`."""

    idempotency_key: IdempotencyKey


class GetErasure(Message):
    """The request of `privacy_get_erasure`."""


class GetErasureReport(Message):
    """The request of `privacy_get_erasure_report`."""

    receipt_id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ErasureView(Message):
    """An erasure as its person sees it.

    `waiting` says that it is due, and that a legal obligation delays it: it begins by itself once
    that ends.
    """

    state: ErasureState
    requested_at: Instant
    starts_at: Instant
    waiting: bool
    finished_at: Instant | None
    report: Report | None


class EraseTask(Message):
    """The task of `privacyEraseTask`."""

    erasure_id: DocumentId
