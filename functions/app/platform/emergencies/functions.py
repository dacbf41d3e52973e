"""The callables of emergencies, for staff. The person sees each in `disclosures_list`."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.platform.accounts import gateway as accounts
from app.platform.audit.models import Action, Touched
from app.platform.emergencies import policy, store
from app.platform.emergencies.models import (
    Emergency,
    EmergencyItem,
    EmergencyOpened,
    EmergencyPage,
    EmergencyRecords,
    EmergencyView,
    GetEmergency,
    ListEmergencies,
    OpenEmergency,
    ReadEmergency,
    ReviewEmergency,
)
from app.platform.operations.idempotency import Operation, once
from app.platform.records import sharing, vault
from app.platform.records.models import Recipient
from app.platform.records.vault import Purpose, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write
    from app.platform.records.vault import Actor

NO_SUCH = "There is no such emergency."


@callable_function(limits=WRITES, admitted=policy.STAFF)
def emergencies_open(request: OpenEmergency, caller: Caller) -> EmergencyOpened:
    """Record that medical personnel must be told of a person's records, and let the caller read.

    One look at the account, one batched read and one commit. For 24 hours `emergencies_read` shows
    what the register of records says they may be told; somebody else has to review it.

    Errors: `invalid-argument` naming the field; `not-found` for who has no account.
    """
    operation = Operation.of(caller.uid, "emergencies_open", request)
    policy.require_words(request)
    if accounts.person(request.subject_uid) is None:
        raise NotFoundError("There is no such person.")
    emergency_id = ids.new()

    def decide(_: "tuple[Snapshot[Any], ...]") -> "tuple[EmergencyOpened, Sequence[Write]]":
        at = clock.now()
        emergency = policy.opened(request, by=caller.uid, at=at, sealed={})
        fields, trail = store.seal(emergency_id, emergency.uid, request, by=_staff(caller))
        emergency = emergency.model_copy(update={"sealed": fields})
        grant = policy.grant_of(emergency_id, emergency)
        by = Recipient(caller.uid, Purpose.EMERGENCY, grant)
        entry = _entry(Action.OPEN_EMERGENCY, emergency_id, emergency, by)
        return (
            EmergencyOpened(emergency_id=emergency_id, valid_until=emergency.valid_until),
            [store.emergencies.create(emergency_id, emergency), entry, *trail],
        )

    return once(operation, EmergencyOpened, decide=decide)


@callable_function(limits=READS, admitted=policy.STAFF)
def emergencies_read(request: ReadEmergency, caller: Caller) -> EmergencyRecords:
    """Answer what medical personnel may be told, to the one who opened the emergency.

    One read, one query or read, and one commit. A page is of one record type, and may be empty
    while `nextCursor` is there.

    Errors: `not-found`, also after 24 hours, and for everybody else's.
    """
    after = sharing.position(request.cursor)
    emergency = store.emergencies.get(request.emergency_id)
    if emergency is None:
        raise NotFoundError("There is no such record.")
    grant = policy.grant_of(request.emergency_id, emergency)
    by = Recipient(caller.uid, Purpose.EMERGENCY, grant)
    items, next_cursor = sharing.page(by, after=after, limit=request.limit)
    return EmergencyRecords(items=items, next_cursor=next_cursor)


@callable_function(limits=READS, admitted=policy.STAFF)
def emergencies_get(request: GetEmergency, caller: Caller) -> EmergencyView:
    """Answer what was recorded of an emergency, for its review. One read and one commit.

    Errors: `not-found`.
    """
    emergency = store.emergencies.get(request.emergency_id)
    if emergency is None:
        raise NotFoundError(NO_SUCH)
    found = [(request.emergency_id, emergency)]
    (details,) = store.details_in(emergency.uid, found, by=_staff(caller)).now()
    return EmergencyView(**dict(_item(request.emergency_id, emergency)), **dict(details))


@callable_function(limits=WRITES, admitted=policy.STAFF)
def emergencies_review(request: ReviewEmergency, caller: Caller) -> EmergencyItem:
    """Say whether an emergency was one. One batched read and one commit.

    Errors: `not-found`; `permission-denied` with reason `second_person` for who opened it;
    `failed-precondition` where it was reviewed before.
    """
    operation = Operation.of(caller.uid, "emergencies_review", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[EmergencyItem, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError(NO_SUCH)
        done = policy.reviewed(kept.value, request.finding, by=caller.uid, at=clock.now())
        entry = _entry(Action.REVIEW_EMERGENCY, kept.id, done, _staff(caller))
        return _item(kept.id, done), [store.emergencies.replace(kept, done), entry]

    reads = (store.emergencies.key(request.emergency_id),)
    return once(operation, EmergencyItem, reads=reads, decide=decide)


@callable_function(limits=READS, admitted=policy.STAFF)
def emergencies_list(request: ListEmergencies, caller: Caller) -> EmergencyPage:  # noqa: ARG001  # staff
    """Answer emergencies without their details, those to be reviewed or those that were. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_of(
        reviewed=request.reviewed, limit=request.limit, cursor=request.cursor
    )
    items = tuple(_item(emergency_id, emergency) for emergency_id, emergency in found)
    return EmergencyPage(items=items, next_cursor=next_cursor)


def _staff(caller: Caller) -> Staff:
    return Staff(caller.uid, policy.acting_as(caller.roles), Purpose.EMERGENCY)


def _entry(action: Action, emergency_id: str, emergency: Emergency, by: "Actor") -> "Write":
    touched = (Touched(path=f"emergencies/{emergency_id}", fields=()),)
    return vault.acted(action, by=by, subject=emergency.uid, touched=touched, grant_id=emergency_id)


def _item(emergency_id: str, emergency: Emergency) -> EmergencyItem:
    return EmergencyItem(
        emergency_id=emergency_id,
        subject_uid=emergency.uid,
        opened_by=emergency.opened_by,
        opened_at=emergency.opened_at,
        occurred_at=emergency.occurred_at,
        valid_until=emergency.valid_until,
        reviewed_by=emergency.reviewed_by,
        reviewed_at=emergency.reviewed_at,
        finding=emergency.finding,
    )
