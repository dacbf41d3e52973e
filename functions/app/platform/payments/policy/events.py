"""Where an event leads, and when it is tried again."""

import re
from datetime import datetime, timedelta

from app.kit.errors import FailedPreconditionError
from app.platform.payments.models.documents import PLATFORM
from app.platform.payments.models.events import (
    LOOK,
    ChangedObject,
    DismissReason,
    Event,
    EventState,
    PaymentEvent,
)

MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=60)
OVERDUE = timedelta(minutes=2)
"""After this long an event that is still unhandled is taken to have lost its task."""
FIRST_BACKOFF = timedelta(minutes=1)
"""Before a parked event is tried again; each time it is four times as long."""

_ROOT = re.compile(r"(pi|cs|sub|in|tr|po|acct)_[A-Za-z0-9_]{1,100}")
_OF_CONNECTED = {"po", "acct"}
"""What is followed of connected accounts; their charges and transfers are the platform's."""


def event_id(event: Event) -> str:
    """Return the id of an event's document."""
    return f"{event.account or PLATFORM}_{event.id}"


def kind_of(root_id: str) -> str:
    """Return the prefix of a root's id, which tells what it is."""
    return root_id.partition("_")[0]


def received(event: Event, at: datetime) -> PaymentEvent:
    """Return an event's document as it is first stored: ignored at once if it leads nowhere."""
    root_id = _root_id(event.data.object)
    if root_id is None or (event.account and kind_of(root_id) not in _OF_CONNECTED):
        root_id = None
    return PaymentEvent(
        account=event.account or PLATFORM,
        type=event.type,
        livemode=event.livemode,
        api_version=event.api_version,
        object_id=event.data.object.id,
        root_id=root_id,
        received_at=at,
        due_at=at + OVERDUE if root_id else None,
        state=EventState.RECEIVED if root_id else EventState.IGNORED,
        handled_at=None if root_id else at,
    )


def look_id(root_id: str, account: str) -> str:
    """Return the id of the event by which an object of an account is looked at once more."""
    return f"{account}_{LOOK}_{root_id}"


def look(root_id: str, account: str, *, livemode: bool, at: datetime) -> PaymentEvent:
    """Return the event by which an object is looked at though Stripe told nothing of it."""
    return PaymentEvent(
        account=account,
        type=LOOK,
        livemode=livemode,
        api_version=None,
        object_id=root_id,
        root_id=root_id,
        received_at=at,
        due_at=at + OVERDUE,
        state=EventState.RECEIVED,
    )


def is_to_try(event: PaymentEvent) -> bool:
    """Whether a worker may try an event: it is unhandled, and nobody put it aside."""
    return event.due_at is not None


def handled(event: PaymentEvent, state: EventState, at: datetime) -> PaymentEvent:
    """Return an event that needs nothing more."""
    return event.model_copy(update={"state": state, "handled_at": at, "due_at": None})


def failed(event: PaymentEvent, problem: str, at: datetime) -> PaymentEvent:
    """Return an event after one more failure: parked, and dead at `MAX_ATTEMPTS`.

    It is tried again for about four days, after 1, 4, 16, 64 ... minutes. One that staff put aside
    meanwhile stays where they put it.
    """
    if not is_to_try(event):
        return event
    attempts = event.attempts + 1
    dead = attempts >= MAX_ATTEMPTS
    return event.model_copy(
        update={
            "attempts": attempts,
            "problem": problem,
            "state": EventState.DEAD if dead else EventState.PARKED,
            "due_at": None if dead else at + FIRST_BACKOFF * 4 ** (attempts - 1),
        }
    )


def replayed(event: PaymentEvent, at: datetime) -> PaymentEvent:
    """Return an event that is tried anew, as if it had just come.

    Raises:
        FailedPreconditionError: it is handled, or waits for its first try.
    """
    if event.state not in {EventState.PARKED, EventState.DEAD, EventState.DISMISSED}:
        raise FailedPreconditionError(
            "Only an event that is parked, dead or dismissed is replayed."
        )
    return event.model_copy(
        update={
            "state": EventState.RECEIVED,
            "due_at": at + OVERDUE,
            "attempts": 0,
            "problem": None,
            "reason": None,
        }
    )


def put_aside(event: PaymentEvent) -> PaymentEvent:
    """Return an event that is not tried until staff replay it.

    Raises:
        FailedPreconditionError: it is not tried anyway.
    """
    _require_unhandled(event)
    return event.model_copy(update={"state": EventState.PARKED, "due_at": None})


def dismissed(event: PaymentEvent, reason: DismissReason) -> PaymentEvent:
    """Return an event that stays unhandled.

    Raises:
        FailedPreconditionError: it is handled.
    """
    _require_unhandled(event)
    update = {"state": EventState.DISMISSED, "due_at": None, "reason": reason}
    return event.model_copy(update=update)


def _require_unhandled(event: PaymentEvent) -> None:
    if event.handled_at is not None:
        raise FailedPreconditionError("This event is handled already.")


def _root_id(changed: ChangedObject) -> str | None:
    candidate: object = changed.id
    match changed.object:
        case "charge" | "refund" | "dispute":
            candidate = changed.payment_intent
        case "checkout.session" if changed.status != "expired" and changed.payment_intent:
            candidate = changed.payment_intent
        case (
            "checkout.session"
            | "payment_intent"
            | "subscription"
            | "invoice"
            | "transfer"
            | "payout"
            | "account"
        ):
            pass
        case "transfer_reversal":
            candidate = changed.transfer
        case _:
            return None
    return candidate if isinstance(candidate, str) and _ROOT.fullmatch(candidate) else None
