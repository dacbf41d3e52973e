"""Erasure, as people ask for it and see it."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from app.kit import clock
from app.kit.callables import Caller, callable_function, open_callable
from app.kit.errors import NotFoundError
from app.kit.limits import GUESSES, READS, WRITES
from app.platform.audit.models import Action
from app.platform.operations.idempotency import Operation, once
from app.platform.privacy.models.erasure import (
    CancelErasure,
    Erasure,
    ErasureScheduled,
    ErasureView,
    GetErasure,
    GetErasureReport,
    RequestErasure,
)
from app.platform.privacy.policy import erasure as policy
from app.platform.privacy.store import erasure as store
from app.platform.records import vault
from app.platform.records.vault import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

RECENT = timedelta(minutes=5)


@callable_function(limits=GUESSES, check_revoked=True, signed_in_within=RECENT, before_terms=True)
def privacy_erase(request: RequestErasure, caller: Caller) -> ErasureScheduled:
    """Schedule the erasure of the caller's account and of everything that no duty keeps.

    For a week it can be taken back, and the account works as before. One batched read and one
    commit. Errors: `permission-denied` unless they signed in within 5 minutes;
    `failed-precondition` where it is scheduled already.
    """
    receipt_id = secrets.token_hex(32)

    def decide(seen: "tuple[Snapshot[Erasure], ...]") -> "tuple[ErasureScheduled, Sequence[Write]]":
        (before,) = seen
        receipt = store.receipt_digest(receipt_id)
        erasure = policy.requested(before.value, caller.uid, receipt, clock.now())
        answer = ErasureScheduled(starts_at=erasure.starts_at, receipt_id=receipt_id)
        trail = vault.acted(Action.REQUEST_ERASURE, by=Owner(caller.uid), subject=caller.uid)
        return answer, [store.erasures.replace(before, erasure), trail]

    operation = Operation.of(caller.uid, "privacy_erase", request)
    return once(operation, ErasureScheduled, reads=[store.key(caller.uid)], decide=decide)


@callable_function(limits=WRITES, check_revoked=True, before_terms=True)
def privacy_cancel_erasure(request: CancelErasure, caller: Caller) -> ErasureView:
    """Take back the caller's erasure, which has not begun. One batched read and one commit.

    Errors: `not-found` without one; `failed-precondition` once it has begun or was taken back.
    """

    def decide(seen: "tuple[Snapshot[Erasure], ...]") -> "tuple[ErasureView, Sequence[Write]]":
        (before,) = seen
        erasure = policy.cancelled(before.value, clock.now())
        trail = vault.acted(Action.CANCEL_ERASURE, by=Owner(caller.uid), subject=caller.uid)
        return policy.view(erasure), [store.erasures.replace(before, erasure), trail]

    operation = Operation.of(caller.uid, "privacy_cancel_erasure", request)
    return once(operation, ErasureView, reads=[store.key(caller.uid)], decide=decide)


@callable_function(limits=READS, before_terms=True)
def privacy_get_erasure(
    request: GetErasure,  # noqa: ARG001  # its type is what refuses unknown fields
    caller: Caller,
) -> ErasureView:
    """Answer the state of the caller's latest erasure. One read.

    Errors: `not-found` for who has asked for none.
    """
    erasure = store.erasures.get(store.erasure_id(caller.uid))
    if erasure is None:
        raise NotFoundError("You have asked for no erasure.")
    return policy.view(erasure)


@open_callable(limits=GUESSES)
def privacy_get_erasure_report(request: GetErasureReport) -> ErasureView:
    """Answer the state of an erasure, and its report, to whoever has the receipt. One query.

    It works when the account is gone. Errors: `not-found` for what is no receipt.
    """
    return policy.view(store.by_receipt(request.receipt_id))
