"""The `donor_totals` document, and the messages of the dashboard."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Cents, Document, Message, Revised
from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.donations.models.gifts import DonationView
from app.recovery.donations.models.monthly import MonthlyGiftView


class YearTotals(Document):
    """What a donor gave in one year and currency. Each is the sum of what their gifts count."""

    year: int
    currency: Currency
    gifts: int = 0
    captured_cents: Cents = 0
    refunded_cents: Cents = 0
    disputed_cents: Cents = 0
    fee_cents: Cents = 0
    allocation: dict[Category, Cents] = Field(default_factory=dict)


class DonorTotals(Revised):
    """`donor_totals/{uid}`: the sums over a person's gifts, at whatever number of them."""

    years: tuple[YearTotals, ...] = ()


class GetDashboard(Message):
    """The request of `donations_get_dashboard`; `limit` is of the first page of the history."""

    limit: Annotated[int, Field(ge=1, le=50)] = 20


class TotalView(Message):
    """What the donor gave in one currency, in one year or altogether.

    Attributes:
        year: of the charity's calendar; None for all years together.
        gifts: how many were paid.
        gross_cents: what was paid.
        refunded_cents: what went back by refunds.
        disputed_cents: what is held or was lost in disputes.
        net_cents: gross less the two: what the charity has of it.
        fee_cents: what Stripe took for it from the charity.
    """

    year: int | None
    currency: Currency
    gifts: int
    gross_cents: Cents
    refunded_cents: Cents
    disputed_cents: Cents
    net_cents: Cents
    fee_cents: Cents


class AllocationView(Message):
    """What of the donor's gifts one fund has, in one currency."""

    category: Category
    currency: Currency
    cents: Cents


class Dashboard(Message):
    """The response of `donations_get_dashboard`.

    Attributes:
        totals: for each currency altogether, then for each year, the latest first.
        allocation: of all years.
        history: the latest gifts; `donations_list` goes on from `next_cursor`.
        monthly: monthly gifts that run or may again, the latest first.
        next_charge: of those, the one that is due first; None where none is.
    """

    totals: tuple[TotalView, ...]
    allocation: tuple[AllocationView, ...]
    history: tuple[DonationView, ...]
    next_cursor: str | None
    monthly: tuple[MonthlyGiftView, ...]
    next_charge: MonthlyGiftView | None
