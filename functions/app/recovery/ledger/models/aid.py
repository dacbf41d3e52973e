"""Payments for people: what the ledger is told of them, and how it groups them."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from app.kit.model import Cents, Document, DocumentId, Instant, Message, Revised
from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Day, Fund, Hash, Period

Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Quarter = Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]

PaidCents = Annotated[int, Field(ge=1, le=10**9)]
"""An amount that is paid, in minor units."""


def _for_aid(category: Category) -> Category:
    if category is Category.OPERATIONS:
        raise ValueError("OPERATIONS helps nobody.")
    return category


AidCategory = Annotated[Category, AfterValidator(_for_aid)]
"""A fund that helps people: any but OPERATIONS."""


class Phase(StrEnum):
    """How far a payment is."""

    PENDING = "pending"
    """Decided: its money is set aside."""
    CLEARED = "cleared"
    """It left the bank."""
    VOID = "void"
    """It will not be made: its money is free again."""


class Payment(Message):
    """A payment for one person, the same in each of its phases."""

    id: DocumentId
    uid: str
    """Whom it is for."""
    category: AidCategory
    amount_cents: PaidCents
    currency: Currency = Currency.USD
    vendor_id: DocumentId | None = None
    """Who is paid, where it is somebody else."""


class Transfer(Message):
    """Money that staff move from one fund to another."""

    id: DocumentId
    source: AidCategory
    target: AidCategory
    amount_cents: PaidCents
    currency: Currency = Currency.USD


class ClearedPayment(Document):
    """`ledger_payments/{idem}`: a payment that cleared, as its group counts it.

    The idem is that of its DISBURSEMENT_CLEARED. It stays when what opens its commitment is
    deleted, as a record of the books.
    """

    uid: str
    category: Category
    amount_cents: PaidCents
    currency: Currency
    day: Day
    vendor: Hash | None
    """The vendor's pseudonym in the quarter of `day`."""
    commitment: Hash
    group: str = ""
    """The id of the group that tells of it; "" while none does."""
    created_at: Instant


class PlannedGroup(Document):
    """`ledger_groups/{idem}`: which payments an entry tells of. The idem is that of the entry."""

    month: Month
    """After the end of which it was made."""
    period: Period
    fund: Fund
    total_cents: Cents
    payments: list[Hash]
    """The ids of its payments in `ledger_payments`, by commitment."""


class Statement(Document):
    """The difference between the public books and the true ones at the end of a month.

    It is made only where the difference is what groups of at least eleven people, made public
    since, sum to: a part of it that nothing else tells of would be a cell of its own.
    """

    month: Month
    difference_cents: int


class Grouping(Revised):
    """`ledger_grouping/main`: how far payments are grouped."""

    through: Month
    """The last month whose groups are made."""
    marked: Month | None = None
    """The last month whose payments are marked with their groups."""
    statement: Statement | None = None


class VendorKey(Document):
    """`ledger_vendor_keys/{quarter}`: what turns vendors into pseudonyms. Deleted afterwards."""

    key: bytes
