"""Movements of money, as Stripe's balance tells of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.kit.money import Currency
from app.platform.payments.models.documents import PLATFORM, Movement, MovementKind
from app.platform.payments.models.stripe import BalanceTransaction


def instant(seconds: int) -> datetime:
    """Return the time that Stripe tells in seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def optional_instant(seconds: int | None) -> datetime | None:
    """Return the time that Stripe tells in seconds, if it tells one."""
    return None if seconds is None else instant(seconds)


def currency_of(code: str) -> Currency:
    """Return the currency of Stripe's code.

    Raises:
        ValueError: we do not take it.
    """
    return Currency(code.upper())


def movement(
    kind: MovementKind,
    object_id: str,
    transactions: Iterable[BalanceTransaction],
    currency: Currency,
    at: datetime,
    **fields: Any,
) -> Movement:
    """Return the movement that some balance transactions stand for.

    Args:
        kind: why money moved.
        object_id: Stripe's id of what moved it.
        transactions: at least one.
        currency: of the object.
        at: now.
        fields: the other fields of a movement.

    Raises:
        ValueError: the balance is in another currency, so the money was exchanged.
    """
    booked = list(transactions)
    if any(transaction.currency.upper() != currency for transaction in booked):
        raise ValueError("It settled in another currency.")
    values: dict[str, Any] = {
        "account": PLATFORM,
        "gross_cents": abs(sum(transaction.amount for transaction in booked)),
        "fee_cents": sum(transaction.fee for transaction in booked),
        "net_cents": sum(transaction.net for transaction in booked),
        "occurred_at": instant(min(transaction.created for transaction in booked)),
    }
    return Movement(
        kind=kind, object_id=object_id, currency=currency, created_at=at, **values | fields
    )
