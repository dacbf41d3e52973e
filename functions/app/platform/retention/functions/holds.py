"""The callables of legal holds, for admins."""

from typing import TYPE_CHECKING

from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.platform.audit import store as audit
from app.platform.audit.models import Action, Touched
from app.platform.operations.idempotency import Operation, once
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff
from app.platform.retention.models.holds import (
    Hold,
    HoldPage,
    HoldState,
    HoldView,
    LiftHold,
    ListHolds,
    PlaceHold,
)
from app.platform.retention.policy import holds as policy
from app.platform.retention.store import holds as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

ADMINS = frozenset({Role.ADMIN})
DONE = {
    HoldState.PLACED: Action.PLACE_HOLD,
    HoldState.LIFT_ASKED: Action.ASK_TO_LIFT_HOLD,
    HoldState.LIFTED: Action.LIFT_HOLD,
}


@callable_function(limits=WRITES, admitted=ADMINS)
def retention_place_hold(request: PlaceHold, caller: Caller) -> HoldView:
    """Keep what is about a person, or all of one record type, from retention and erasure.

    One batched read and one commit. Errors: `invalid-argument` naming the field. That a person
    exists is not asked, since what is kept of them may outlast their account.
    """
    operation = Operation.of(caller.uid, "retention_place_hold", request)
    hold_id = ids.new()
    hold = policy.placed(request, by=caller.uid, at=clock.now())

    def decide(_: "tuple[Snapshot[Hold], ...]") -> "tuple[HoldView, Sequence[Write]]":
        write = store.holds.create(hold_id, hold)
        return _view(hold_id, hold), [write, _entry(hold_id, hold, caller)]

    return once(operation, HoldView, decide=decide)


@callable_function(limits=WRITES, admitted=ADMINS)
def retention_lift_hold(request: LiftHold, caller: Caller) -> HoldView:
    """Ask that a hold is lifted, or confirm what somebody else asked; only then it ends.

    One batched read and one commit. Errors: `not-found`; `failed-precondition` for who asked
    before, and for a hold that was lifted.
    """
    operation = Operation.of(caller.uid, "retention_lift_hold", request)

    def decide(seen: "tuple[Snapshot[Hold], ...]") -> "tuple[HoldView, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError("There is no such hold.")
        hold = policy.lifted(kept.value, by=caller.uid, at=clock.now())
        write = store.holds.replace(kept, hold)
        return _view(kept.id, hold), [write, _entry(kept.id, hold, caller)]

    reads = (store.holds.key(request.hold_id),)
    return once(operation, HoldView, reads=reads, decide=decide)


@callable_function(limits=READS, admitted=ADMINS)
def retention_list_holds(request: ListHolds, caller: Caller) -> HoldPage:
    """Answer all holds, newest first. One query, and the commit of the audit.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_of(limit=request.limit, cursor=request.cursor)
    audit.keep(_audited(Action.LIST_HOLDS, caller))
    items = tuple(_view(hold_id, hold) for hold_id, hold in found)
    return HoldPage(items=items, next_cursor=next_cursor)


def _entry(hold_id: str, hold: Hold, caller: Caller) -> "Write":
    touched = (Touched(path=f"holds/{hold_id}", fields=()),)
    return _audited(DONE[hold.state], caller, subject=hold.subject or "", touched=touched)


def _audited(
    action: Action, caller: Caller, *, subject: str = "", touched: tuple[Touched, ...] = ()
) -> "Write":
    by = Staff(caller.uid, Role.ADMIN, Purpose.LEGAL_PROCEEDING)
    return vault.acted(action, by=by, subject=subject, touched=touched)


def _view(hold_id: str, hold: Hold) -> HoldView:
    shown = {name: getattr(hold, name) for name in HoldView.model_fields.keys() - {"hold_id"}}
    return HoldView(hold_id=hold_id, **shown)
