"""The ledger's documents, its public leaf, and the task of its sequencer."""

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from app.kit.model import Document, Instant, Message, Revised
from app.kit.money import Currency
from app.recovery.catalog.models import Category

Day = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
"""A day in UTC. The public ledger knows no finer time."""

Period = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2]|Q[1-4])$")]
"""A month or a quarter in UTC: 2027-01 or 2027-Q1."""

MIN_RECIPIENTS = 11
"""The public is told of no fewer people who were helped: eleven hide each other."""

Amount = Annotated[str, Field(pattern=r"^-?[1-9][0-9]{0,14}$")]
"""Minor units with a sign: debits are positive, credits negative, and nothing is zero."""

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 or HMAC-SHA-256 in hexadecimal."""

type Balances = dict[str, int]
"""What each account holds, in minor units with the sign of `Amount`."""


class Pool(StrEnum):
    """Funds that stand next to each other, for what is told of them only together."""

    ESSENTIALS = "ESSENTIALS"
    ACCESS = "ACCESS"


POOLED: dict[Pool, tuple[Category, ...]] = {
    Pool.ESSENTIALS: (Category.CLOTHING, Category.FOOD, Category.MEDICAL),
    Pool.ACCESS: (Category.IDENTITY, Category.TECH, Category.TRANSPORT),
}
"""The funds of each pool. HOUSING and FLEX stand alone, and OPERATIONS helps nobody."""

type Fund = Category | Pool


class Kind(StrEnum):
    """What an entry records. Within a batch, entries stand in this order."""

    DONATION = "DONATION"
    REVERSAL = "REVERSAL"
    """The exact negation of a refund or payout that failed after it had been entered."""
    REFUND = "REFUND"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    """The donor's bank took the money back until a dispute is decided, and Stripe a fee."""
    DISPUTE_WON = "DISPUTE_WON"
    DISPUTE_LOST = "DISPUTE_LOST"
    PAYOUT = "PAYOUT"
    """What gifts had brought in went from Stripe to the bank. It belongs to no one gift."""
    TRANSFER = "TRANSFER"
    """Staff moved money from one fund to another. Refused where it would overdraw the fund."""
    DISBURSEMENT_PENDING = "DISBURSEMENT_PENDING"
    """Money is set aside for one payment. Private; refused where it would overdraw the fund."""
    DISBURSEMENT_CLEARED = "DISBURSEMENT_CLEARED"
    """The payment left the bank. Private."""
    DISBURSEMENT_VOID = "DISBURSEMENT_VOID"
    """The payment will not be made: the exact negation of its DISBURSEMENT_PENDING. Private."""
    DISBURSEMENT = "DISBURSEMENT"
    """Payments that cleared, in a group that hides whom each was for."""
    COVER = "COVER"
    """Fills a fund that a fact from outside overdraws. Made by the sequencer, never queued."""


PRIVATE = frozenset({Kind.DISBURSEMENT_PENDING, Kind.DISBURSEMENT_CLEARED, Kind.DISBURSEMENT_VOID})
"""Kinds that change the private sub-ledger alone: they have no place in the public ledger."""


class State(StrEnum):
    """Where a queue item is on its way into the ledger."""

    PENDING = "PENDING"
    HELD = "HELD"
    """Waits for the entry that it follows from."""
    SEQUENCED = "SEQUENCED"
    REJECTED = "REJECTED"


class Posting(NamedTuple):
    """One line of an entry."""

    account: str
    amount: Amount


type _Listed[T] = Annotated[tuple[T, ...], Field(strict=False)]
"""A tuple that Firestore gives back as a list."""


class Vendor(Message):
    """One vendor's part of a group."""

    vendor: Hash
    """A pseudonym that holds for a quarter."""
    total: Amount
    """What the vendor was paid, for at least `MIN_RECIPIENTS` people."""


class Group(Message):
    """Payments for people, told of together so that nobody can be found in them."""

    recipients: Annotated[int, Field(ge=MIN_RECIPIENTS)]
    """How many different people they are for."""
    amounts: _Listed[Amount]
    """Each payment, from the smallest to the largest."""
    root: Hash
    """The root of the Merkle tree (RFC 6962) over the payments' commitments, in their order."""
    vendors: _Listed[Vendor] | None = None
    """The vendors that may be told apart, by pseudonym; absent where there is none."""


class Leaf(Message):
    """An entry as the public sees it, and as the transparency log will hash it.

    It names nobody. The `commitment` binds it to a private record, and only the salt of that
    record can show to which.
    """

    v: Literal[1] = 1
    kind: Kind
    day: Day | None = None
    """Absent where there is a `period`."""
    period: Period | None = None
    """When the payments of a group cleared: in it, or earlier and told of nowhere else."""
    currency: Currency
    categories: tuple[Category, ...]
    """Those of its funds; for a pool, all that are in it."""
    postings: tuple[Posting, ...]
    commitment: Hash | None = None
    """Absent where there is no private record, as in a COVER or a PAYOUT."""
    group: Group | None = None
    """What a DISBURSEMENT tells of its payments."""


class QueueItem(Document):
    """`ledger_queue/{idem}`: one movement of money on its way into the ledger."""

    leaf: bytes
    """Canonical JSON (RFC 8785) of a `Leaf`, made once."""
    kind: Kind
    parent: Hash | None = None
    """The idem of the item that must be sequenced before this one."""
    rival: Hash | None = None
    """The idem of the item that must not be: a payment is either cleared or void."""
    created_at: Instant
    state: State = State.PENDING
    index: int | None = None
    """Its place in the ledger, once sequenced; a private kind has none."""
    reason: str | None = None
    """Why it was rejected."""


class PrivateRecord(Document):
    """`ledger_private/{idem}`: what opens a commitment, sealed under the person's key.

    Seals `record`, the canonical JSON that the commitment is over, and `salt`, its salt in
    hexadecimal.
    """

    uid: str
    created_at: Instant
    sealed: dict[str, bytes]


class Head(Revised):
    """`ledger_head/main`: the state of the ledger after its last committed batch."""

    size: int = 0
    batches: int = 0
    epoch: int = 0
    """The lease under which the last batch was committed."""
    balances: Balances = Field(default_factory=dict)
    """The public accounts."""
    private: Balances = Field(default_factory=dict)
    """The private sub-ledger: what must be added to `balances` to have what is true now."""
    frontier: list[bytes] = Field(default_factory=list)
    """Of the Merkle tree over all entries: what its root, and that of a larger tree, come from."""


class Result(Document):
    """What became of one queue item."""

    idem: Hash
    state: Literal[State.SEQUENCED, State.REJECTED]
    index: int | None = None
    reason: str | None = None


class Batch(Document):
    """`ledger_batch/{SHA-256 of its number}`: entries that joined the ledger in one commit."""

    number: int
    first_index: int
    opening: Balances
    """The balances before its first entry."""
    entries: list[bytes]
    """The leaves in their order, COVERs included."""
    root: bytes
    """Of the Merkle tree over all entries up to its last one."""
    results: list[Result]


class Progress(Revised):
    """`ledger_progress/main`: how far what follows from the batches has been written."""

    swept: int = 0
    """How many batches have their results in the queue and their entries in `ledger_entries`."""
    published: int = 0
    """How many batches the public checkpoint covers, or a few less: the bucket tells exactly."""
    published_size: int = 0
    published_at: Instant | None = None


class Lease(Revised):
    """`ledger_lease/main`: who sequences now. Saves work; nothing rests on it for safety."""

    owner: str = ""
    epoch: int = 0
    expires_at: Instant


class Entry(Document):
    """`ledger_entries/{index}`: an entry as pages show it. Can be rebuilt from the batches."""

    index: int
    kind: Kind
    day: Day | None
    period: Period | None = None
    currency: Currency
    categories: list[Category]
    postings: dict[str, Amount]
    commitment: Hash | None
    group: Group | None = None
    balances: dict[Fund, str]
    """What each of its funds holds after it, in minor units, never negative; and its pool, which
    is as much below zero as was spent of its funds' money without telling of which.
    """
    account_balances: dict[str, str]
    """What each of its accounts holds after it, in minor units with the sign of `Amount`."""
    places: dict[str, int]
    """Its index, under the name of each filter of `ledger_page` that it passes."""


class SequenceLedger(Message):
    """The task of `ledgerSequenceTask`."""

    second: int
    """The second (Unix time) in which items were queued."""
