"""Correction: what a person says is wrong, kept beside the record, and decided by staff."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.platform.operations.idempotency import Operation, once
from app.platform.privacy.models.corrections import (
    Correction,
    CorrectionItem,
    CorrectionPage,
    CorrectionView,
    DecideCorrection,
    ListCorrections,
    ListOpenCorrections,
    OpenCorrections,
    ReadCorrection,
    RequestCorrection,
)
from app.platform.privacy.policy import corrections as policy
from app.platform.privacy.store import corrections as store
from app.platform.records import vault
from app.platform.records.vault import Owner, Purpose, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

REVIEWERS = frozenset({Role.REVIEWER})


@callable_function(limits=WRITES, check_revoked=True, before_terms=True)
def privacy_correct(request: RequestCorrection, caller: Caller) -> CorrectionItem:
    """Say what is wrong in a record of one's own. The record itself stays as it was.

    One batched read and one commit. Errors: `invalid-argument` naming what cannot be corrected;
    `not-found` for a record that is not there, or another person's.
    """
    kind = policy.kind_of(request)
    operation = Operation.of(caller.uid, "privacy_correct", request)
    correction_id, at = ids.new(), clock.now()

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[CorrectionItem, Sequence[Write]]":
        if store.owner_of(kind, seen[0]) != caller.uid:
            raise NotFoundError("There is no such record.")
        texts = {"proposed": request.proposed, "reason": request.reason}
        place = store.place(correction_id, caller.uid)
        sealed, trail = vault.seal(place, texts, by=Owner(caller.uid))
        correction = policy.requested(request, caller.uid, sealed, at)
        write = store.corrections.create(correction_id, correction)
        return _item(correction_id, correction), [write, *trail]

    reads = (store.record_key(kind, request.record_id),)
    return once(operation, CorrectionItem, reads=reads, decide=decide)


@callable_function(limits=READS, before_terms=True)
def privacy_list_corrections(request: ListCorrections, caller: Caller) -> CorrectionPage:
    """Answer what the caller said is wrong and what was decided, newest first.

    One query, and one commit of the audit. Errors: `invalid-argument` for a cursor of no page.
    """
    found, next_cursor = store.page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    opened = store.texts(found, by=Owner(caller.uid)).now() if found else ()
    items = (_view(*one, texts) for one, texts in zip(found, opened, strict=True))
    return CorrectionPage(items=tuple(items), next_cursor=next_cursor)


@callable_function(limits=READS, admitted=REVIEWERS)
def privacy_list_open_corrections(
    request: ListOpenCorrections,
    caller: Caller,  # noqa: ARG001  # any reviewer sees them all, without their texts
) -> OpenCorrections:
    """Answer what waits to be decided, without texts, those due first. One query."""
    found = store.waiting(request.limit)
    return OpenCorrections(items=tuple(_item(*one) for one in found))


@callable_function(limits=READS, admitted=REVIEWERS)
def privacy_read_correction(request: ReadCorrection, caller: Caller) -> CorrectionView:
    """Answer a request for correction to who is to decide it. One read, one commit of the audit.

    Errors: `not-found`.
    """
    correction = store.corrections.get(request.correction_id)
    if correction is None:
        raise NotFoundError("There is no such request.")
    found = [(request.correction_id, correction)]
    (texts,) = store.texts(found, by=_staff(caller), only=store.ASKED).now()
    return _view(request.correction_id, correction, texts)


@callable_function(limits=WRITES, admitted=REVIEWERS)
def privacy_decide_correction(request: DecideCorrection, caller: Caller) -> CorrectionItem:
    """Accept or deny a request for correction, with the reason for the person.

    One batched read and one commit. Errors: `not-found`; `failed-precondition` where it was
    decided before, or is one's own.
    """
    operation = Operation.of(caller.uid, "privacy_decide_correction", request)
    at = clock.now()

    def decide(
        seen: "tuple[Snapshot[Correction], ...]",
    ) -> "tuple[CorrectionItem, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError("There is no such request.")
        policy.require_open(kept.value, caller.uid)
        place = store.place(kept.id, kept.value.uid)
        answer, trail = vault.seal(place, {"answer": request.answer}, by=_staff(caller))
        correction = policy.decided(
            kept.value, accepted=request.accepted, answer=answer, by=caller.uid, at=at
        )
        write = store.corrections.replace(kept, correction)
        return _item(kept.id, correction), [write, *trail]

    reads = (store.corrections.key(request.correction_id),)
    return once(operation, CorrectionItem, reads=reads, decide=decide)


def _staff(caller: Caller) -> Staff:
    return Staff(caller.uid, Role.REVIEWER, Purpose.RIGHTS)


def _item(correction_id: str, correction: Correction) -> CorrectionItem:
    names = CorrectionItem.model_fields.keys() - {"correction_id"}
    shown = {name: getattr(correction, name) for name in names}
    return CorrectionItem(correction_id=correction_id, **shown)


def _view(correction_id: str, correction: Correction, texts: dict[str, Any]) -> CorrectionView:
    item = dict(_item(correction_id, correction))
    asked = {name: texts[name] for name in store.ASKED}
    return CorrectionView(**item, **asked, answer=texts.get("answer"))
