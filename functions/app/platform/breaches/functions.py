"""The callables of the register of breaches, for admins."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.platform.audit.models import Action, Touched
from app.platform.breaches import policy, store
from app.platform.breaches.models import (
    Breach,
    BreachPage,
    BreachView,
    ListBreaches,
    RecordBreach,
    UpdateBreach,
)
from app.platform.operations.idempotency import Operation, once
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

ADMINS = frozenset({Role.ADMIN})


@callable_function(limits=WRITES, admitted=ADMINS)
def breaches_record(request: RecordBreach, caller: Caller) -> BreachView:
    """Record a breach and answer its clocks. One batched read and one commit.

    Errors: `invalid-argument` naming the date or number that cannot be.
    """
    operation = Operation.of(caller.uid, "breaches_record", request)
    breach = policy.recorded(request, by=caller.uid, at=clock.now())
    breach_id = ids.new()

    def decide(_: "tuple[Snapshot[Any], ...]") -> "tuple[BreachView, Sequence[Write]]":
        entry = _entry(Action.RECORD_BREACH, breach_id, caller)
        return _view(breach_id, breach), [store.breaches.create(breach_id, breach), entry]

    return once(operation, BreachView, decide=decide)


@callable_function(limits=WRITES, admitted=ADMINS)
def breaches_update(request: UpdateBreach, caller: Caller) -> BreachView:
    """Note new numbers, or that somebody was notified or need not be. One read and one commit.

    Errors: `invalid-argument` naming the field; `not-found`.
    """
    operation = Operation.of(caller.uid, "breaches_update", request)
    policy.require_update(request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[BreachView, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError("There is no such breach.")
        breach = policy.updated(kept.value, request, by=caller.uid, at=clock.now())
        entry = _entry(Action.UPDATE_BREACH, kept.id, caller)
        return _view(kept.id, breach), [store.breaches.replace(kept, breach), entry]

    reads = (store.breaches.key(request.breach_id),)
    return once(operation, BreachView, reads=reads, decide=decide)


@callable_function(limits=READS, admitted=ADMINS)
def breaches_list(request: ListBreaches, caller: Caller) -> BreachPage:  # noqa: ARG001  # an admin
    """Answer breaches with the days that each duty has left; overdue ones say so. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_of(limit=request.limit, cursor=request.cursor)
    items = tuple(_view(breach_id, breach) for breach_id, breach in found)
    return BreachPage(items=items, next_cursor=next_cursor)


def _entry(action: Action, breach_id: str, caller: Caller) -> "Write":
    touched = (Touched(path=f"breaches/{breach_id}", fields=()),)
    by = Staff(caller.uid, Role.ADMIN, Purpose.OPERATIONS)
    return vault.acted(action, by=by, subject="", touched=touched)


def _view(breach_id: str, breach: Breach) -> BreachView:
    return BreachView(
        breach_id=breach_id,
        **breach.model_dump(exclude={"revision", "write_id", "ended"}),
        clocks=policy.clocks(breach, clock.now()),
    )
