"""Pages at Stripe where somebody pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
) -> OpenCheckout:
    """Return a Checkout page for `lines`; the same key leads to the same page for a day.

    Raises:
        FailedPreconditionError: the key was used for something else.
        UnavailableError: Stripe does not answer.
    """
    named = dict(metadata)
    with calling() as client:
        session = client.v1.checkout.sessions.create(
            {
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
            },
            {"idempotency_key": idempotency_key},
        )
    if session.url is None:
        # The key belongs to a page that has been paid on or has expired since.
        raise FailedPreconditionError("This checkout is over. Start a new one.")
    return OpenCheckout(session.id, session.url)
