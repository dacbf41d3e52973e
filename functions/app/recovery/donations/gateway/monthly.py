"""Subscriptions at Stripe that collect monthly gifts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.kit.errors import FailedPreconditionError, NotFoundError
from app.platform.payments.models.stripe import OpenCheckout
from app.platform.stripe.gateway import calling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import stripe

    from app.kit.money import Currency

PRODUCT = "Monthly gift"
"""What pages, cards and invoices call it; they say nothing of what for."""
_MONTHLY: Any = {"interval": "month"}


def open_page(  # noqa: PLR0913  # what Stripe asks for
    amount_cents: int,
    currency: Currency,
    metadata: Mapping[str, str],
    *,
    customer_id: str,
    success_url: str,
    cancel_url: str,
    idempotency_key: str,
) -> OpenCheckout:
    """Return a Checkout page where a monthly gift begins; the same key leads to the same page.

    Raises:
        FailedPreconditionError: the page of this key is over.
        UnavailableError: Stripe does not answer.
    """
    named = dict(metadata)
    asked: Any = {
        "mode": "subscription",
        "customer": customer_id,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": amount_cents,
                    "product_data": {"name": PRODUCT},
                    "recurring": _MONTHLY,
                },
            }
        ],
        "metadata": named,
        "subscription_data": {"metadata": named},
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    with calling() as client:
        session = client.v1.checkout.sessions.create(asked, {"idempotency_key": idempotency_key})
    if session.url is None:
        raise FailedPreconditionError("This checkout is over. Start a new one.")
    return OpenCheckout(session.id, session.url)


def change(
    subscription_id: str,
    amount_cents: int,
    currency: Currency,
    metadata: Mapping[str, str],
    *,
    idempotency_key: str,
) -> None:
    """Let a subscription collect another amount, from its next period on. Four calls.

    Raises:
        FailedPreconditionError: it is over.
        UnavailableError: Stripe does not answer; it may have changed.
    """

    def key(part: str) -> Any:
        return {"idempotency_key": f"{idempotency_key}-{part}"}

    with _running() as client:
        found = client.v1.subscriptions.retrieve(subscription_id).to_dict()
        product = client.v1.products.create({"name": PRODUCT}, key("product"))
        price = client.v1.prices.create(
            {
                "product": product.id,
                "currency": currency.lower(),
                "unit_amount": amount_cents,
                "recurring": _MONTHLY,
            },
            key("price"),
        )
        asked: Any = {
            "items": [{"id": found["items"]["data"][0]["id"], "price": price.id, "quantity": 1}],
            "metadata": dict(metadata),
            "proration_behavior": "none",
        }
        client.v1.subscriptions.update(subscription_id, asked, key("subscription"))


def end_with_period(subscription_id: str, *, ends: bool, idempotency_key: str) -> None:
    """Let a subscription end instead of its next payment, or go on after all. One call.

    Raises:
        FailedPreconditionError: it is over.
        UnavailableError: Stripe does not answer; it may have changed.
    """
    with _running() as client:
        client.v1.subscriptions.update(
            subscription_id,
            {"cancel_at_period_end": ends},
            {"idempotency_key": idempotency_key},
        )


def end_now(subscription_id: str, *, idempotency_key: str) -> None:
    """End a subscription, unless it has ended. One call.

    Raises:
        UnavailableError: Stripe does not answer; it may have ended.
    """
    try:
        with calling() as client:
            client.v1.subscriptions.cancel(
                subscription_id, {}, {"idempotency_key": idempotency_key}
            )
    except NotFoundError:  # Stripe's answer for one that has ended
        return


@contextmanager
def _running() -> Iterator[stripe.StripeClient]:
    """Give the client, to change a subscription that may be over."""
    import stripe  # noqa: PLC0415  # loaded when it is used, as everywhere

    over = "This monthly gift does not run any more."
    try:
        with calling() as client:
            yield client
    except (NotFoundError, stripe.InvalidRequestError) as error:
        raise FailedPreconditionError(over, {"reason": "not_running"}) from error
