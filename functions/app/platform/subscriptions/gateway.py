"""Stripe's catalogue of prices, pages to subscribe on, and changes of subscriptions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.kit.errors import AbortedError, FailedPreconditionError, UnavailableError
from app.platform.stripe.gateway import PAGE, calling
from app.platform.subscriptions.models.stripe import (
    CataloguePrice,
    InvoicePayment,
    Preview,
    Running,
    Session,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import stripe

    from app.platform.subscriptions.models.plans import Price

HARD_DECLINES = frozenset(
    {
        "do_not_try_again",
        "expired_card",
        "highest_risk_level",
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "transaction_not_allowed",
    }
)
"""Codes of a card that will not pay, however often it is tried."""


def price_id(price: Price) -> str:
    """Return Stripe's id of a price, by its lookup key. One call.

    Raises:
        UnavailableError: the catalogue at Stripe does not say what ours does, or no answer.
    """
    found = prices([price.key]).get(price.key)
    if found is None or found.unit_amount != price.unit_amount_cents:
        raise UnavailableError("Prices are being updated. Try again in a while.")
    return found.id


def prices(keys: list[str]) -> dict[str, CataloguePrice]:
    """Return the prices at Stripe that have one of these lookup keys, by it. One call."""
    with calling() as client:
        listed = client.v1.prices.list({"lookup_keys": keys, "active": True, "limit": PAGE})
        found = [CataloguePrice.model_validate(price.to_dict()) for price in listed.data]
    return {price.lookup_key: price for price in found if price.lookup_key is not None}


def make_product(name: str, idempotency_key: str) -> str:
    """Make a product and return its id. One call; the same key leads to the same for a day."""
    with calling() as client:
        made = client.v1.products.create({"name": name}, {"idempotency_key": idempotency_key})
        return made.id


def make_price(price: Price, product_id: str, idempotency_key: str) -> None:
    """Make a price under its lookup key, which it takes from whatever had it. One call."""
    with calling() as client:
        client.v1.prices.create(
            {
                "currency": price.currency.lower(),
                "unit_amount": price.unit_amount_cents,
                "recurring": {"interval": price.interval.value},
                "product": product_id,
                "lookup_key": price.key,
                "transfer_lookup_key": True,
            },
            {"idempotency_key": idempotency_key},
        )


def open_page(  # noqa: PLR0913  # what Stripe asks for
    price: str,
    seats: int,
    customer_id: str,
    metadata: Mapping[str, str],
    *,
    trial_days: int,
    success_url: str,
    cancel_url: str,
    idempotency_key: str,
) -> tuple[str, str]:
    """Return id and address of a page to subscribe on; the same key leads to the same for a day.

    Raises:
        FailedPreconditionError: the key was used for something else, or its page is over.
        UnavailableError: Stripe does not answer.
    """
    data: dict[str, Any] = {"metadata": dict(metadata)}
    if trial_days:
        data["trial_period_days"] = trial_days
    fields: Any = {
        "mode": "subscription",
        "customer": customer_id,
        "line_items": [{"price": price, "quantity": seats}],
        "allow_promotion_codes": True,
        "subscription_data": data,
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    with calling() as client:
        session = client.v1.checkout.sessions.create(fields, {"idempotency_key": idempotency_key})
    if session.url is None:
        raise FailedPreconditionError("This checkout is over. Start a new one.")
    return session.id, session.url


def close_page(session_id: str) -> bool:
    """Make sure that nobody subscribes on a page any more; return whether nobody has.

    A subscription that began there and has ended counts as none. One call, two for an open page.

    Raises:
        AbortedError: somebody subscribed on it right now.
        UnavailableError: Stripe does not answer.
    """
    import stripe  # noqa: PLC0415  # loads when it is used

    with calling() as client:
        found = client.v1.checkout.sessions.retrieve(session_id, {"expand": ["subscription"]})
        session = Session.model_validate(found.to_dict())
        if session.status == "open":
            try:
                client.v1.checkout.sessions.expire(session_id)
            except stripe.InvalidRequestError as error:
                raise AbortedError("This checkout is being paid. Try again.") from error
            return True
    began = session.subscription
    return began is None or began.status in {"canceled", "incomplete_expired"}


def running(subscription_id: str) -> Running:
    """Return a subscription as it is at Stripe now. One call.

    Raises:
        NotFoundError: Stripe knows no such subscription.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        found = client.v1.subscriptions.retrieve(subscription_id)
        return Running.model_validate(found.to_dict())


def preview(subscription: Running, price: str, seats: int) -> Preview:
    """Return the invoice that a change of price or seats would bring at once. One call.

    Raises:
        FailedPreconditionError: the subscription is in no state for it.
        UnavailableError: Stripe does not answer.
    """
    details: Any = {
        "items": [{"id": subscription.item.id, "price": price, "quantity": seats}],
        "proration_behavior": "always_invoice",
    }
    with _changing() as client:
        found = client.v1.invoices.create_preview(
            {"subscription": subscription.id, "subscription_details": details}
        )
        return Preview.model_validate(found.to_dict())


def change(subscription: Running, price: str, seats: int, *, idempotency_key: str) -> None:
    """Give a subscription another price or number of seats; it is settled at once. One call.

    Raises:
        FailedPreconditionError: the card is declined, and nothing changes; or the subscription is
            in no state for it.
        UnavailableError: Stripe does not answer.
    """
    with _changing() as client:
        client.v1.subscriptions.update(
            subscription.id,
            {
                "items": [{"id": subscription.item.id, "price": price, "quantity": seats}],
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            },
            {"idempotency_key": idempotency_key},
        )


def end_later(subscription_id: str, *, ends: bool, idempotency_key: str) -> Running:
    """Let a subscription end with its period, or go on after all, and return it. One call.

    Raises:
        FailedPreconditionError: it has ended.
        UnavailableError: Stripe does not answer.
    """
    with _changing() as client:
        found = client.v1.subscriptions.update(
            subscription_id,
            {"cancel_at_period_end": ends},
            {"idempotency_key": idempotency_key},
        )
        return Running.model_validate(found.to_dict())


def declined_for_good(invoice_id: str) -> bool:
    """Whether the card that an invoice was to be paid by will not pay. One call.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    expanded = ["data.payment.payment_intent"]
    with calling() as client:
        listed = client.v1.invoice_payments.list({"invoice": invoice_id, "expand": expanded})
        found = [InvoicePayment.model_validate(payment.to_dict()) for payment in listed.data]
    errors = [
        each.payment.payment_intent.last_payment_error
        for each in found
        if each.payment.payment_intent is not None
    ]
    return any(
        error is not None and {error.code, error.decline_code} & HARD_DECLINES for error in errors
    )


@contextmanager
def _changing() -> Iterator[stripe.StripeClient]:
    """Give the client for a change that the subscription's state or the card may not allow."""
    import stripe  # noqa: PLC0415  # loads when it is used

    with calling() as client:
        try:
            yield client
        except stripe.CardError as error:
            raise FailedPreconditionError(
                "The card was declined. Use another one.", {"reason": "card_declined"}
            ) from error
        except stripe.InvalidRequestError as error:
            raise FailedPreconditionError(
                "The subscription does not allow this now.", {"reason": "subscription_state"}
            ) from error
