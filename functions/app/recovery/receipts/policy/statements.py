"""Giving statements: what a donor gave in a year, less what went back of it, whenever it did."""

from collections.abc import Iterable
from datetime import UTC, datetime

from app.recovery.charity import ZONE, Issuer
from app.recovery.receipts.models.receipts import Receipt
from app.recovery.receipts.models.statements import Line, Statement, StatementVersion

ISSUED_ON = (1, 5)
"""Month and day of the next year: what was paid on the last day has settled by then."""


def touched(statement: Statement | None, receipt: Receipt, at: datetime) -> Statement:
    """Return the statement of the year of `receipt` after that was issued or corrected.

    It is due when the year's statements are; or now, where those are out.
    """
    first = datetime(receipt.year + 1, *ISSUED_ON, 9, tzinfo=ZONE).astimezone(UTC)
    if statement is None:
        ends = datetime(receipt.year + 1, 1, 1, tzinfo=ZONE).astimezone(UTC)
        return Statement(uid=receipt.uid, year=receipt.year, ends_at=ends, due_at=max(first, at))
    return statement.model_copy(update={"due_at": max(first, at)})


def lines(receipts: Iterable[Receipt]) -> tuple[Line, ...]:
    """Return the lines of a statement: every receipt that is issued, by the time of its gift."""
    found = [
        Line(
            number=receipt.number,
            given_at=receipt.given_at,
            amount_cents=receipt.amount_cents,
            reversed_cents=receipt.reversed_cents,
        )
        for receipt in receipts
        if receipt.number is not None
    ]
    return tuple(sorted(found, key=lambda line: (line.given_at, line.number)))


def issued(
    statement: Statement, listed: tuple[Line, ...], issuer: Issuer, at: datetime
) -> Statement:
    """Return `statement` with these lines, as a new version unless they are those of the last."""
    done = statement.model_copy(update={"due_at": None})
    if statement.versions and listed == statement.lines:
        return done
    version = StatementVersion(
        issued_at=at,
        received_cents=sum(line.amount_cents for line in listed),
        reversed_cents=sum(line.reversed_cents for line in listed),
    )
    versions = (*statement.versions, version)
    return done.model_copy(update={"lines": listed, "issuer": issuer, "versions": versions})


def total_cents(version: StatementVersion) -> int:
    """Return what was given and kept."""
    return version.received_cents - version.reversed_cents
