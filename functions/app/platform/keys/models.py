"""The `key_rotations` document and the messages of the functions that renew keys."""

from enum import StrEnum

from app.kit.model import DocumentId, IdempotencyKey, Instant, Message, Revised


class Reason(StrEnum):
    """Why a person's key is renewed."""

    SUSPECTED_LEAK = "suspected_leak"
    ROUTINE = "routine"


class Rotation(Revised):
    """`key_rotations/{digest}`: the renewal of one person's data key.

    Attributes:
        uid: the person.
        reason: why.
        asked_at: when staff asked for it.
        to_version: the new version's number, once it is settled.
        added_at: no earlier than the new version was there.
        next_at: when the sweep takes it up again; None where there is nothing left to do.
        finished_at: when the versions before were dropped.
    """

    uid: str
    reason: Reason
    asked_at: Instant
    to_version: int | None = None
    added_at: Instant | None = None
    next_at: Instant | None
    finished_at: Instant | None = None


class RotateKeys(Message):
    """The request of `keys_rotate_person`."""

    idempotency_key: IdempotencyKey
    uid: DocumentId
    reason: Reason


class RotationStarted(Message):
    """The response of `keys_rotate_person`."""

    rotation_id: DocumentId


class Reseal(Message):
    """The request of `keysResealTask`."""

    rotation_id: DocumentId
