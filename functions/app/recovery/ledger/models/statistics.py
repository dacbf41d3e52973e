"""What the public ledger sums up to, and the messages of `ledger_statistics`."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Document, Message, Revised
from app.recovery.ledger.models import Fund
from app.recovery.ledger.models.aid import Month


class Figures(Document):
    """What entries did to one fund, in minor units where it is money."""

    gifts: int = 0
    gross_cents: int = 0
    fee_cents: int = 0
    refunded_cents: int = 0
    disputed_cents: int = 0
    covered_cents: int = 0
    """What COVERs put in, less what they took."""
    transferred_cents: int = 0
    """What staff moved in, less what they moved out."""
    disbursed_cents: int = 0
    recipients: int = 0
    """Of each group how many people it is for. Who is in two groups counts twice, since the number
    of different people in both would tell how few are in one alone.
    """


type Cells = dict[str, dict[Fund, Figures]]
"""Figures by period and fund."""


class Statistics(Revised):
    """`ledger_statistics/{year or ALL}`: sums of the months and quarters of a year, or of years.

    Written with the entries that it counts. Can be rebuilt from the batches.
    """

    batches: int = 0
    """How many batches it counts, from the first one on."""
    periods: Cells = Field(default_factory=dict)


class ReadStatistics(Message):
    """The query parameters of `ledger_statistics`."""

    year: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None
    """Whose months and quarters are asked for; by default every year is one period."""


class FundFigures(Message):
    """The figures of a fund, or a pool, in a period."""

    fund: Fund
    gifts: int
    gross_cents: int
    fee_cents: int
    refunded_cents: int
    disputed_cents: int
    covered_cents: int
    transferred_cents: int
    disbursed_cents: int
    recipients: int
    balance_cents: int
    """What all entries up to the end of the period leave in it."""


class PeriodFigures(Message):
    """A period and the funds that anything happened to in it."""

    period: str
    """A year, a month, or a quarter for what is told of a quarter only: 2027, 2027-01, 2027-Q1."""
    funds: tuple[FundFigures, ...]


class StatementView(Message):
    """The public books against the true ones."""

    month: Month
    """At the end of which they are compared."""
    difference_cents: int
    """What had been paid for people and was not public yet; all of it is public now."""


class StatisticsView(Message):
    """The response of `ledger_statistics`, in the order of time."""

    periods: tuple[PeriodFigures, ...]
    statement: StatementView | None
    """The last one that tells of nobody; absent before."""
