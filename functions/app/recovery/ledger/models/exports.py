"""The messages of `ledger_export`."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.recovery.ledger.models.reads import Filter

MAX_INDEX = 10**15 - 1
"""More entries than there will be, and within what JSON carries exactly."""


class Format(StrEnum):
    """As what the ledger is exported."""

    CSV = "csv"
    """RFC 4180, a row for each posting, with running balances."""
    JSON_LINES = "jsonl"
    """A `PageEntry` in each line."""
    HLEDGER = "hledger"
    """A journal for hledger, and for what else reads plain text accounting."""
    GRANTS = "360giving"
    """The 360Giving Data Standard: what was paid for people in need, as grants."""


class ReadExport(Filter):
    """The query parameters of `ledger_export`."""

    format: Format
    first_index: Annotated[int, Field(strict=False, ge=0, le=MAX_INDEX)] = 0
    """The index of the first entry that is asked for."""
    size: Annotated[int, Field(strict=False, ge=0, le=MAX_INDEX)] | None = None
    """The ledger as it was when it had so many entries; by default all of them."""
