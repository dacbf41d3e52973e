"""Stripe's webhooks, for what happens on our account and on those of coaches and vendors."""

import os
from collections.abc import Mapping

from app.kit import clock, environment, wire
from app.kit.errors import InvalidArgumentError
from app.kit.http import signed_post
from app.kit.limits import DELIVERIES
from app.kit.tasks import enqueue
from app.platform.payments import signature
from app.platform.payments.models.events import Event, ProcessEvent
from app.platform.payments.policy import events as policy
from app.platform.payments.store import events as store
from app.platform.stripe.gateway import live

BODY_LIMIT_BYTES = 512 * 1024
WORKER = "paymentsProcessEventTask"


def _secrets(*names: str) -> list[str]:
    """Return what deployment binds; the emulator would look for it in the cloud."""
    return [] if environment.emulated() else list(names)


@signed_post(
    limits=DELIVERIES,
    limit_bytes=BODY_LIMIT_BYTES,
    secrets=_secrets("STRIPE_WEBHOOK_SECRETS"),
)
def payments_stripe_webhook(body: bytes, headers: Mapping[str, str]) -> None:
    """Store that something happened on our account at Stripe, and queue finding out what.

    One commit and one task. Once it answers 200 the event is handled, or can be seen waiting.

    Errors: `invalid-argument` unless Stripe signed exactly this within five minutes;
    `unavailable` where it cannot be stored or queued, so that Stripe sends it again.
    """
    _receive(body, headers, "STRIPE_WEBHOOK_SECRETS", connected=False)


@signed_post(
    limits=DELIVERIES,
    limit_bytes=BODY_LIMIT_BYTES,
    secrets=_secrets("STRIPE_CONNECT_WEBHOOK_SECRETS"),
)
def payments_connect_webhook(body: bytes, headers: Mapping[str, str]) -> None:
    """As `payments_stripe_webhook`, for the accounts of coaches and vendors.

    Its secrets are its own, so that neither webhook takes what was signed for the other.
    """
    _receive(body, headers, "STRIPE_CONNECT_WEBHOOK_SECRETS", connected=True)


def _receive(body: bytes, headers: Mapping[str, str], secrets: str, *, connected: bool) -> None:
    at = clock.now()
    signed = headers.get("Stripe-Signature", "")
    if not signature.is_genuine(body, signed, filter(None, os.environ[secrets].split(",")), at):
        raise InvalidArgumentError.of("Stripe-Signature", "does not sign this body now")
    event = wire.parse(Event, wire.read_json(body))
    if event.livemode is not live():
        raise InvalidArgumentError.of("livemode", "is not the mode of this backend")
    if (event.account is not None) is not connected:
        raise InvalidArgumentError.of("account", "belongs to the other webhook")
    event_id = policy.event_id(event)
    if store.record(event_id, policy.received(event, at)).handled_at is None:
        enqueue(WORKER, ProcessEvent(event_id=event_id))
