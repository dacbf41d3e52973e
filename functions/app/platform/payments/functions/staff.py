"""What finance does about events and cases that do not heal by themselves."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.kit.tasks import enqueue
from app.platform.audit.models import Action, Touched
from app.platform.operations.idempotency import Operation, once
from app.platform.payments import looking
from app.platform.payments.models.cases import Case, CasePage, CaseView, CloseCase, ListCases
from app.platform.payments.models.events import PaymentEvent, ProcessEvent
from app.platform.payments.models.staff import (
    DismissEvent,
    EventPage,
    EventView,
    ListEvents,
    ParkEvent,
    ReplayEvent,
)
from app.platform.payments.policy import cases as case_policy
from app.platform.payments.policy import events as policy
from app.platform.payments.store import cases, events
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

ADMITTED = frozenset({Role.FINANCE, Role.ADMIN})


@callable_function(limits=READS, admitted=ADMITTED)
def payments_list_events(request: ListEvents, caller: Caller) -> EventPage:  # noqa: ARG001  # staff
    """Answer the events in a state, oldest first: what is dead waits for somebody. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = events.page_of(request.state, limit=request.limit, cursor=request.cursor)
    items = tuple(_event_view(event_id, event) for event_id, event in found)
    return EventPage(items=items, next_cursor=next_cursor)


@callable_function(limits=WRITES, admitted=ADMITTED)
def payments_replay_event(request: ReplayEvent, caller: Caller) -> EventView:
    """Try an event anew that is parked, dead or dismissed. One read, one commit, one task.

    Errors: `not-found`; `failed-precondition` for one that is handled or about to be tried.
    """
    view = _change(Action.REPLAY_EVENT, request, caller, lambda e: policy.replayed(e, clock.now()))
    enqueue(looking.WORKER, ProcessEvent(event_id=request.event_id))
    return view


@callable_function(limits=WRITES, admitted=ADMITTED)
def payments_park_event(request: ParkEvent, caller: Caller) -> EventView:
    """Put an event aside until somebody replays it. One read and one commit.

    A worker that has it already may still handle it. Errors: `not-found`; `failed-precondition`
    for one that is handled.
    """
    return _change(Action.PARK_EVENT, request, caller, policy.put_aside)


@callable_function(limits=WRITES, admitted=ADMITTED)
def payments_dismiss_event(request: DismissEvent, caller: Caller) -> EventView:
    """Leave an event unhandled for good, for a reason. One read and one commit.

    Errors: `not-found`; `failed-precondition` for one that is handled.
    """

    def change(event: PaymentEvent) -> PaymentEvent:
        return policy.dismissed(event, request.reason)

    return _change(Action.DISMISS_EVENT, request, caller, change)


@callable_function(limits=READS, admitted=ADMITTED)
def payments_list_cases(request: ListCases, caller: Caller) -> CasePage:  # noqa: ARG001  # staff
    """Answer where the books and Stripe differ, what was found first at the top. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = cases.page_of(request.state, limit=request.limit, cursor=request.cursor)
    items = tuple(_case_view(case_id, case) for case_id, case in found)
    return CasePage(items=items, next_cursor=next_cursor)


@callable_function(limits=WRITES, admitted=ADMITTED)
def payments_close_case(request: CloseCase, caller: Caller) -> CaseView:
    """Close a case for a reason; it opens again only if the difference changes.

    One batched read and one commit. Errors: `not-found`; `failed-precondition` for a closed one.
    """
    operation = Operation.of(caller.uid, "payments_close_case", request)

    def decide(seen: "tuple[Snapshot[Case], ...]") -> "tuple[CaseView, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError("There is no such case.")
        case = case_policy.closed(kept.value, request.reason, by=caller.uid, at=clock.now())
        entry = _entry(Action.CLOSE_CASE, f"payment_cases/{kept.id}", caller)
        return _case_view(kept.id, case), [cases.cases.replace(kept, case), entry]

    reads = (cases.cases.key(request.case_id),)
    return once(operation, CaseView, reads=reads, decide=decide)


def _change(
    action: Action,
    request: ReplayEvent | ParkEvent | DismissEvent,
    caller: Caller,
    change: Callable[[PaymentEvent], PaymentEvent],
) -> EventView:
    operation = Operation.of(caller.uid, f"payments_{action}", request)

    def decide(seen: "tuple[Snapshot[PaymentEvent], ...]") -> "tuple[EventView, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError("There is no such event.")
        event = change(kept.value)
        entry = _entry(action, f"payment_events/{kept.id}", caller)
        return _event_view(kept.id, event), [events.events.replace(kept, event), entry]

    reads = (events.events.key(request.event_id),)
    return once(operation, EventView, reads=reads, decide=decide)


def _entry(action: Action, path: str, caller: Caller) -> "Write":
    by = Staff(caller.uid, min(ADMITTED & caller.roles), Purpose.PAYMENT)
    return vault.acted(action, by=by, subject="", touched=(Touched(path=path, fields=()),))


def _event_view(event_id: str, event: PaymentEvent) -> EventView:
    shown = {name: getattr(event, name) for name in EventView.model_fields.keys() - {"event_id"}}
    return EventView(event_id=event_id, **shown)


def _case_view(case_id: str, case: Case) -> CaseView:
    shown = {name: getattr(case, name) for name in ("state", "found_at", "closed_at", "reason")}
    return CaseView(case_id=case_id, **shown, **case.difference.model_dump())
