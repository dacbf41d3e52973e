"""What Stripe lists of a time: its events, and what moved the balance."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.kit import logs
from app.platform.payments.models.events import Event
from app.platform.payments.models.stripe import BookedTransaction
from app.platform.stripe.gateway import PAGE, calling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def events(since: datetime, before: datetime) -> Iterator[list[Event]]:
    """Yield the events of our own account from a time, page by page, the newest first.

    One that cannot be read is left out, as the webhook refuses it, so that it stops no others.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        listed = client.v1.events.list(_of(since, before))
        for page in batched(listed.auto_paging_iter(), PAGE, strict=False):
            yield [event for found in page if (event := _event(found.to_dict())) is not None]


def booked(since: datetime, before: datetime) -> list[BookedTransaction]:
    """Return the balance transactions of our own account from a time. Raises as `events`."""
    with calling() as client:
        listed = client.v1.balance_transactions.list(
            _of(since, before) | {"expand": ["data.source"]}
        )
        return [
            BookedTransaction.model_validate(transaction.to_dict())
            for transaction in listed.auto_paging_iter()
        ]


def _of(since: datetime, before: datetime) -> Any:
    created = {"gte": int(since.timestamp()), "lt": int(before.timestamp())}
    return {"created": created, "limit": PAGE}


def _event(found: dict[str, Any]) -> Event | None:
    try:
        return Event.model_validate(found)
    except ValidationError as error:
        logs.failure("An event of Stripe could not be read.", error)
        return None
