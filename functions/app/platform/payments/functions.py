"""The Cloud Functions of payments: Stripe's webhook, its worker, and the net under both."""

import functools
import os
from collections.abc import Mapping

from app.kit import clock, environment, wire
from app.kit.errors import AbortedError, InvalidArgumentError, UnavailableError
from app.kit.http import signed_post
from app.kit.limits import DELIVERIES
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import schedule
from app.platform.payments import gateway, policy, signature, store
from app.platform.payments.models import Event, Finding, ProcessEvent

BODY_LIMIT_BYTES = 512 * 1024
SWEEP_LIMIT = 200

_WORKER = "paymentsProcessEventTask"
_WEBHOOK_SECRETS = [] if environment.emulated() else ["STRIPE_WEBHOOK_SECRETS"]


@signed_post(limits=DELIVERIES, limit_bytes=BODY_LIMIT_BYTES, secrets=_WEBHOOK_SECRETS)
def payments_stripe_webhook(body: bytes, headers: Mapping[str, str]) -> None:
    """Store that something happened at Stripe, and queue finding out what.

    One commit and one task. Once it answers 200 the event is handled, or can be seen waiting.

    Errors: `invalid-argument` unless Stripe signed exactly this within five minutes;
    `unavailable` where it cannot be stored or queued, so that Stripe sends it again.
    """
    at = clock.now()
    signed = headers.get("Stripe-Signature", "")
    secrets = filter(None, os.environ["STRIPE_WEBHOOK_SECRETS"].split(","))
    if not signature.is_genuine(body, signed, secrets, at):
        raise InvalidArgumentError.of("Stripe-Signature", "does not sign this body now")
    event = wire.parse(Event, wire.read_json(body))
    if event.livemode is not (os.environ.get("STRIPE_LIVEMODE") == "true"):
        raise InvalidArgumentError.of("livemode", "is not the mode of this backend")
    event_id = policy.event_id(event)
    if store.record(event_id, policy.received(event, at)).handled_at is None:
        enqueue(_WORKER, ProcessEvent(event_id=event_id))


@task_queue(max_attempts=policy.MAX_ATTEMPTS, secrets=gateway.SECRETS)
def paymentsProcessEventTask(request: ProcessEvent) -> None:  # noqa: N802  # queue ids take no underscore
    """Write what Stripe says now of the payment that an event is about.

    The event only tells where to look, so order, number and lateness of events do not matter.
    Errors repeat the task; those that time does not heal park the event after
    `policy.MAX_ATTEMPTS`. Three reads and two commits, and three calls to Stripe for a payment
    that has succeeded.
    """
    event = store.required_event(request.event_id)
    if event.handled_at is not None or event.root_id is None:
        return
    root_id, at = event.root_id, clock.now()
    owner = store.take_lease(root_id, at, at + policy.LEASE)
    try:
        finding = _look_up(root_id)
        store.settle(request.event_id, root_id, owner, finding, at)
    except (AbortedError, UnavailableError):
        store.give_back(request.event_id, root_id, owner, at, lambda seen: seen)
        raise
    except Exception as error:
        problem = type(error).__name__
        change = functools.partial(policy.failed, problem=problem)
        store.give_back(request.event_id, root_id, owner, at, change)
        raise


@schedule("every 5 minutes")
def payments_sweep_events() -> None:
    """Queue again what is still unhandled: its task was lost, or Stripe was down for long.

    One query, and a task for each event that it finds.
    """
    for event_id in store.overdue(clock.now() - policy.OVERDUE, SWEEP_LIMIT):
        enqueue(_WORKER, ProcessEvent(event_id=event_id))


def _look_up(root_id: str) -> Finding | None:
    """Return what Stripe says; None for what is not ours, or a page that is still open."""
    at = clock.now()
    if policy.is_payment(root_id):
        truth = gateway.look_up_payment(root_id)
        reference = policy.reference_in(truth.intent.metadata)
        return None if reference is None else policy.find(truth, reference, at)
    session = gateway.look_up_session(root_id)
    reference = policy.reference_in(session.metadata)
    return None if reference is None else policy.find_expired(session, reference, at)
