"""Comma-separated values (RFC 4180): a row for each posting, so fees have rows of their own.

No cell can be a formula of a spreadsheet, or need quotes: each is a number, or begins with a
letter or a digit and holds nothing else but `: . _ -` and spaces. What is not so ends the export.
"""

import re
from collections.abc import Iterable, Iterator

from app.kit.money import decimal
from app.recovery.ledger.models.reads import PageEntry
from app.recovery.ledger.policy import leaves
from app.recovery.ledger.policy.formats.part import Part

COLUMNS = (
    "index",
    "day",
    "period",
    "kind",
    "account",
    "amount",
    "account_balance",
    "fund",
    "fund_balance",
    "currency",
    "commitment",
    "recipients",
    "payments",
    "payments_root",
    "vendors",
)
_CELL = re.compile(r"(-?[0-9]+(\.[0-9]+)?|[A-Za-z0-9][A-Za-z0-9:. _-]*)?")


def texts(entries: Iterable[PageEntry], _part: Part) -> Iterator[str]:
    """Yield the lines of the file, in pieces."""
    yield _row(COLUMNS)
    for entry in entries:
        yield "".join(map(_row, _rows(entry)))


def _rows(entry: PageEntry) -> Iterator[tuple[str, ...]]:
    held = {str(name): balance for name, balance in entry.balances.items()}
    for account, amount in entry.postings:
        fund = leaves.fund_of(account) or ""
        yield (
            str(entry.index),
            entry.day or "",
            entry.period or "",
            entry.kind,
            account,
            decimal(int(amount), entry.currency),
            decimal(int(entry.account_balances[account]), entry.currency),
            fund,
            decimal(int(held[fund]), entry.currency) if fund in held else "",
            entry.currency,
            entry.commitment or "",
            *_group(entry if fund else None),
        )


def _group(entry: PageEntry | None) -> tuple[str, str, str, str]:
    """Return what an entry tells of its payments; it stands beside the fund that they are of."""
    if entry is None or entry.group is None:
        return ("", "", "", "")
    amounts = (decimal(int(amount), entry.currency) for amount in entry.group.amounts)
    vendors = (
        f"{vendor.vendor} {decimal(int(vendor.total), entry.currency)}"
        for vendor in entry.group.vendors or ()
    )
    return (str(entry.group.recipients), " ".join(amounts), entry.group.root, " ".join(vendors))


def _row(cells: tuple[str, ...]) -> str:
    for cell in cells:
        if not _CELL.fullmatch(cell):
            raise ValueError("A cell would have to be quoted.")
    return ",".join(cells) + "\r\n"
