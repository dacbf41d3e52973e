"""Stripe's API. The only importer of its SDK, which is loaded by the first call."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from app.kit import environment
from app.kit.errors import FailedPreconditionError, NotFoundError, UnavailableError
from app.platform.payments.models import (
    CheckoutLine,
    OpenCheckout,
    StripeCharge,
    StripeIntent,
    StripeRefund,
    StripeSession,
    Truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import stripe

    from app.kit.money import Currency

API_VERSION = "2026-10-28.endive"
"""Of requests, answers and the webhook endpoint. It changes when the SDK does, not before."""
TIMEOUT_SECONDS = 5
"""Of each try."""
MAX_RETRIES = 2
PAGE = 100

SECRETS = [] if environment.emulated() else ["STRIPE_API_KEY"]
"""What functions that call Stripe declare. The emulator would look for it in the cloud."""


def open_checkout(  # noqa: PLR0913  # what Stripe asks for
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
    with _answering() as client:
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


def look_up_payment(intent_id: str) -> Truth:
    """Return what Stripe says of a payment now.

    Raises:
        NotFoundError: Stripe knows no such payment.
        UnavailableError: Stripe does not answer.
    """
    with _answering() as client:
        found = client.v1.payment_intents.retrieve(intent_id)
        intent = StripeIntent.model_validate(found.to_dict())
        if intent.status != "succeeded":
            return Truth(intent)  # no money has moved
        charges = client.v1.charges.list(
            {"payment_intent": intent_id, "limit": PAGE, "expand": ["data.balance_transaction"]}
        )
        refunds = client.v1.refunds.list({"payment_intent": intent_id, "limit": PAGE})
        return Truth(
            intent,
            tuple(StripeCharge.model_validate(c.to_dict()) for c in charges.auto_paging_iter()),
            tuple(StripeRefund.model_validate(r.to_dict()) for r in refunds.auto_paging_iter()),
        )


def look_up_session(session_id: str) -> StripeSession:
    """Return what Stripe says of a Checkout session now.

    Raises:
        NotFoundError: Stripe knows no such session.
        UnavailableError: Stripe does not answer.
    """
    with _answering() as client:
        found = client.v1.checkout.sessions.retrieve(session_id)
        return StripeSession.model_validate(found.to_dict())


@cache
def _client() -> stripe.StripeClient:
    import stripe  # noqa: PLC0415  # 0.3 s, not to be paid by the webhook and by lists

    stripe.enable_telemetry = False
    base = environment.stand_in("STRIPE_API_BASE")
    return stripe.StripeClient(
        os.environ["STRIPE_API_KEY"],
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=MAX_RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


@contextmanager
def _answering() -> Iterator[stripe.StripeClient]:
    """Give the client, and turn its errors into ours.

    What remains, such as a request that Stripe refuses, is a defect of ours.
    """
    import stripe  # noqa: PLC0415  # as above

    try:
        yield _client()
    except stripe.IdempotencyError as error:
        raise FailedPreconditionError("The details changed meanwhile. Start again.") from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:  # noqa: PLR2004  # HTTP's own number
            raise NotFoundError("Stripe knows no such object.") from error
        raise
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise UnavailableError("The payment service does not answer. Try again.") from error
