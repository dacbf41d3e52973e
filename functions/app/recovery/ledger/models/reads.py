"""The messages of what anybody may read: pages of the ledger, and the state of its log."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Instant, Message
from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Day, Fund, Group, Hash, Kind, Period, Posting


class Filter(Message):
    """Which entries are asked for: those that pass all that is named."""

    category: Category | None = None
    kind: Kind | None = None
    period: Annotated[str, Field(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$")] | None = None
    """A year, a quarter or a month in UTC: 2027, 2027-Q1 or 2027-01."""


class ReadPage(Filter):
    """The query parameters of `ledger_page`."""

    limit: Annotated[int, Field(strict=False, ge=1, le=100)] = 20
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,15}$")] | None = None


class PageEntry(Message):
    """One entry of a page, with the fields of its `Leaf`."""

    index: int
    kind: Kind
    day: Day | None
    period: Period | None
    currency: Currency
    categories: list[Category]
    postings: list[Posting]
    commitment: Hash | None
    group: Group | None
    balances: dict[Fund, str]
    """What its funds hold after it, in minor units: all, or the one filtered on and its pool."""
    account_balances: dict[str, str]
    """What its accounts hold after it, in minor units with the sign of their postings."""


class Page(Message):
    """The response of `ledger_page`: entries from the newest to the oldest."""

    items: list[PageEntry]
    size: int
    """How many entries the whole ledger has."""
    next_cursor: str | None


class ReadLog(Message):
    """The query parameters of `ledger_log`: none."""


class Log(Message):
    """The response of `ledger_log`: where the transparency log is, and how to verify it."""

    origin: str
    """The name in its checkpoints."""
    url: str
    """The prefix of its `checkpoint` and `tile/...` (C2SP tlog-tiles)."""
    keys: list[str]
    """Each of these signs every checkpoint (C2SP signed-note, verifier keys)."""
    witnesses: list[str]
    """Who may cosign checkpoints, as keys."""
    size: int
    """How many entries the ledger has."""
    published_size: int
    """How many of them the last checkpoint covers."""
    published_at: Instant | None
    """When it was published; `null` before the first one."""
