"""Stripe's client, for the gateways of the domains that call it. The SDK loads when it is used."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from app.kit import environment
from app.kit.errors import FailedPreconditionError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import stripe

API_VERSION = "2026-10-28.endive"
"""Of requests, answers and the webhook endpoint. It changes when the SDK does, not before."""
TIMEOUT_SECONDS = 5
"""Of each try."""
MAX_RETRIES = 2
PAGE = 100

SECRETS = [] if environment.emulated() else ["STRIPE_API_KEY"]
"""What functions that call Stripe declare. The emulator would look for it in the cloud."""


def live() -> bool:
    """Whether this backend deals with real money."""
    return os.environ.get("STRIPE_LIVEMODE") == "true"


@contextmanager
def calling() -> Iterator[stripe.StripeClient]:
    """Give the client, and turn its errors into ours.

    What remains, such as a request that Stripe refuses, is a defect of ours, unless the gateway
    that asked knows better.

    Raises:
        FailedPreconditionError: the idempotency key was used for something else.
        NotFoundError: Stripe knows no such object.
        UnavailableError: Stripe does not answer.
    """
    import stripe  # noqa: PLC0415  # 0.3 s, not to be paid by the webhook and by lists

    try:
        yield _client()
    except stripe.IdempotencyError as error:
        raise FailedPreconditionError("The details changed meanwhile. Start again.") from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:  # noqa: PLR2004  # HTTP's own number
            raise NotFoundError("Stripe knows no such object.") from error
        raise
    except stripe.PermissionError as error:  # an account that is gone, or never was of ours
        raise NotFoundError("Stripe knows no such object.") from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise UnavailableError("The payment service does not answer. Try again.") from error


@cache
def _client() -> stripe.StripeClient:
    import stripe  # noqa: PLC0415  # as above

    stripe.enable_telemetry = False
    base = environment.stand_in("STRIPE_API_BASE")
    return stripe.StripeClient(
        os.environ["STRIPE_API_KEY"],
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=MAX_RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )
