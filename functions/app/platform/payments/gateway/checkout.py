"""Pages at Stripe where somebody pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.kit.errors import FailedPreconditionError
from app.platform.payments.models.stripe import CheckoutLine, OpenCheckout
from app.platform.stripe.gateway import calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.kit.money import Currency


def open_page(  # noqa: PLR0913  # what Stripe asks for
    lines: Sequence[CheckoutLine],
    currency: Currency,
    metadata: Mapping[str, str],
    *,
    success_url: str,
    cancel_url: str,
    idempotency_key: str,
    saved_for: str | None = None,
) -> OpenCheckout:
    """Return a Checkout page for `lines`; the same key leads to the same page for a day.

    What it is paid by is saved for the customer `saved_for`, if there is one.

    Raises:
        FailedPreconditionError: the key was used for something else.
        UnavailableError: Stripe does not answer.
    """
    named = dict(metadata)
    asked: Any = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": line.quantity,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": line.unit_amount_cents,
                    "product_data": {"name": line.name},
                },
            }
            for line in lines
        ],
        "metadata": named,
        "payment_intent_data": {"metadata": named},
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    if saved_for is not None:
        asked["customer"] = saved_for
        asked["payment_intent_data"]["setup_future_usage"] = "off_session"
    with calling() as client:
        session = client.v1.checkout.sessions.create(asked, {"idempotency_key": idempotency_key})
    if session.url is None:
        # The key belongs to a page that has been paid on or has expired since.
        raise FailedPreconditionError("This checkout is over. Start a new one.")
    return OpenCheckout(session.id, session.url)
