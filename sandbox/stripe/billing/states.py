"""A subscription's states and periods, and its end."""

from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.billing import invoices
from sandbox.stripe.billing.changes import recorded
from sandbox.stripe.params import Json

ENDED = ("canceled", "incomplete_expired")


def items_of(subscription: Json) -> list[Json]:
    """Return the items."""
    items: list[Json] = subscription["items"]["data"]
    return items


def period_of(subscription: Json) -> tuple[int, int]:
    """Return start and end of the current period, which all items share."""
    item = items_of(subscription)[0]
    return item["current_period_start"], item["current_period_end"]


def set_period(subscription: Json, start: int, end: int) -> None:
    """Set the current period of all items."""
    for item in items_of(subscription):
        item |= {"current_period_start": start, "current_period_end": end}


def move(account: Account, subscription: Json, status: str, **fields: Any) -> None:
    """Bring a subscription into a state."""
    with recorded(account, subscription):
        subscription |= {"status": status} | fields


def method_of(account: Account, subscription: Json) -> str | None:
    """Return the payment method that pays for a subscription."""
    customer = account.get("customer", subscription["customer"])
    own = subscription["default_payment_method"]
    found = own or customer["invoice_settings"]["default_payment_method"]
    return None if found is None else str(found)


def end(account: Account, subscription: Json, reason: str) -> None:
    """Cancel at once: nothing more is charged by itself."""
    at = account.clock.now()
    for invoice in invoices.of_subscription(account, subscription, "draft", "open"):
        with recorded(account, invoice):
            invoice |= {"auto_advance": False, "next_payment_attempt": None}
    subscription |= {
        "canceled_at": subscription["canceled_at"] or at,
        "ended_at": at,
        "status": "canceled",
    }
    details = subscription["cancellation_details"]
    details["reason"] = details["reason"] or reason
    account.emit("customer.subscription.deleted", subscription)
