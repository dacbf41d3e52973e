"""What finds out what happened at Stripe, and the net under it."""

import functools

from app.kit import clock, logs
from app.kit.errors import AbortedError, UnavailableError
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import schedule
from app.platform.payments import following
from app.platform.payments.models.events import EventState, PaymentEvent, ProcessEvent
from app.platform.payments.policy import events as policy
from app.platform.payments.store import events, truth
from app.platform.stripe.gateway import SECRETS

SWEEP_LIMIT = 200


@task_queue(max_attempts=policy.MAX_ATTEMPTS, secrets=SECRETS)
def paymentsProcessEventTask(request: ProcessEvent) -> None:  # noqa: N802  # queue ids take no underscore
    """Write what Stripe says now of the object that an event is about.

    The event only tells where to look, so order, number and lateness of events do not matter.
    Where a service is down the task is repeated; any other failure parks the event, which is
    tried again more and more rarely, and after `policy.MAX_ATTEMPTS` waits for staff. Three reads
    and two commits, and three calls to Stripe for a payment that has succeeded.
    """
    event = events.required_event(request.event_id)
    if event.root_id is None or not policy.is_to_try(event):
        return
    root_id, at = event.root_id, clock.now()
    owner = truth.take_lease(root_id, at, at + policy.LEASE)
    turn = truth.Turn(request.event_id, root_id, owner, at)
    try:
        finding = following.look(root_id, event.account, at)
        state = EventState.IGNORED if finding is None else EventState.HANDLED
        handled = functools.partial(policy.handled, state=state, at=at)
        truth.settle(turn, finding, handled)
    except (AbortedError, UnavailableError):
        truth.give_back(turn, _unchanged)
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the event waits in sight
        problem = type(error).__name__
        logs.failure("An event was parked.", error, function="paymentsProcessEventTask")
        truth.give_back(turn, functools.partial(policy.failed, problem=problem, at=at))


@schedule("every 5 minutes")
def payments_sweep_events() -> None:
    """Queue again what is due: its task was lost, Stripe was down for long, or it was parked.

    One query, and a task for each event that it finds.
    """
    for event_id in events.due(clock.now(), SWEEP_LIMIT):
        enqueue("paymentsProcessEventTask", ProcessEvent(event_id=event_id))


def _unchanged(event: PaymentEvent) -> PaymentEvent:
    return event
