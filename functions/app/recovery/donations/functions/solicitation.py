"""The switch of asking for gifts."""

from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.limits import WRITES
from app.kit.roles import Role
from app.platform.audit.models import Action, Touched
from app.platform.operations.idempotency import Operation, once
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff
from app.recovery.donations.models.solicitation import (
    SetSolicitation,
    SolicitationSet,
    Switch,
)
from app.recovery.donations.store import solicitation as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=WRITES, admitted=frozenset({Role.ADMIN}))
def donations_set_solicitation(request: SetSolicitation, caller: Caller) -> SolicitationSet:
    """Say whether gifts are asked for, and in which states the charity is registered to ask.

    New gifts, and changes of monthly ones, are refused from then on; what runs goes on. One
    batched read and one commit, which holds the audit entry.

    Errors: `invalid-argument` naming the field.
    """
    operation = Operation.of(caller.uid, "donations_set_solicitation", request)
    states = tuple(sorted(set(request.states)))

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[SolicitationSet, Sequence[Write]]":
        (place,) = seen
        switch = Switch(open=request.open, states=states, changed_at=clock.now())
        by = Staff(caller.uid, Role.ADMIN, Purpose.OPERATIONS)
        touched = (Touched(path="solicitation/main", fields=("open", "states")),)
        trail = vault.acted(Action.SET_SOLICITATION, by=by, subject="", touched=touched)
        answer = SolicitationSet(open=request.open, states=states)
        return answer, [store.switches.replace(place, switch), trail]

    return once(operation, SolicitationSet, reads=[store.key()], decide=decide)
