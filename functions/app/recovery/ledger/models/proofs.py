"""The messages of `ledger_proof`."""

from enum import StrEnum

from app.kit.model import DocumentId, Message
from app.recovery.ledger.models import Kind


class ProofState(StrEnum):
    """How far a movement of a donor's money is on its way into the public log."""

    PENDING = "pending"
    SEQUENCED = "sequenced"
    """It has its place, which the log does not show yet."""
    PUBLISHED = "published"
    REJECTED = "rejected"
    """It was no sound entry; staff look at it."""


class ProveGift(Message):
    """The request of `ledger_proof`."""

    donation_id: DocumentId


class ProvenEntry(Message):
    """Where one movement of a gift's money is in the public log."""

    kind: Kind
    state: ProofState
    index: int | None
    """Its place, once sequenced."""
    entry: str | None
    """The public entry at that place, as JSON; where there is a proof."""
    proof: str | None
    """That the entry is in the log, and what opens its commitment (C2SP tlog-proof); once it is
    published, unless the record was erased. Its `extra` is the salt, of 32 bytes, and the record.
    """


class GiftProofs(Message):
    """The response of `ledger_proof`: the movements of a gift that the ledger has taken up."""

    items: tuple[ProvenEntry, ...]
