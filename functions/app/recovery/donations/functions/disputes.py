"""Disputes about gifts: seen, answered with what is known, or accepted, by finance."""

from typing import TYPE_CHECKING, Any

from app.kit import ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import FailedPreconditionError, NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.platform.audit.models import Action, Touched
from app.platform.operations.idempotency import Operation, once
from app.platform.payments.models.documents import Payment, PaymentState, Reference
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff
from app.platform.stripe.gateway import SECRETS
from app.recovery.donations.gateway import disputes as gateway
from app.recovery.donations.models.disputes import (
    AcceptDispute,
    AnswerDispute,
    DisputedPage,
    DisputeHandled,
    ListDisputed,
)
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.policy import disputes
from app.recovery.donations.policy.references import ONE_OFF
from app.recovery.donations.store import gifts, refunds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kit.firestore import Snapshot, Write

ADMITTED = frozenset({Role.FINANCE, Role.ADMIN})


@callable_function(limits=READS, admitted=ADMITTED)
def donations_list_disputed(request: ListDisputed, caller: Caller) -> DisputedPage:  # noqa: ARG001  # finance sees all
    """Answer gifts whose money is taken back until a dispute is decided, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = gifts.in_state(
        PaymentState.DISPUTED, limit=request.limit, cursor=request.cursor
    )
    items = tuple(disputes.view(donation_id, gift) for donation_id, gift in found)
    return DisputedPage(items=items, next_cursor=next_cursor)


@callable_function(limits=WRITES, admitted=ADMITTED, secrets=SECRETS)
def donations_answer_dispute(request: AnswerDispute, caller: Caller) -> DisputeHandled:
    """Send the bank what is known of a disputed gift. That is possible once.

    One batched read, one query, one commit, which holds the audit entry, and two calls to Stripe.

    Errors: `not-found`; `failed-precondition` with the reason `not_waiting` where no dispute waits
    for an answer; `unavailable`.
    """

    def act(dispute_id: str, gift: Donation, payment: Payment, key: str) -> str:
        return gateway.answer(dispute_id, disputes.evidence(gift, payment), idempotency_key=key)

    return _handled("donations_answer_dispute", request, caller, Action.ANSWER_DISPUTE, act)


@callable_function(limits=WRITES, admitted=ADMITTED, secrets=SECRETS)
def donations_accept_dispute(request: AcceptDispute, caller: Caller) -> DisputeHandled:
    """Let the donor's bank keep the money of a disputed gift. That is final.

    Calls and errors as `donations_answer_dispute`.
    """

    def act(dispute_id: str, _gift: Donation, _payment: Payment, key: str) -> str:
        return gateway.accept(dispute_id, idempotency_key=key)

    return _handled("donations_accept_dispute", request, caller, Action.ACCEPT_DISPUTE, act)


def _handled(
    name: str,
    request: AnswerDispute | AcceptDispute,
    caller: Caller,
    action: Action,
    act: "Callable[[str, Donation, Payment, str], str]",
) -> DisputeHandled:
    """Carry out `act(dispute_id, gift, payment, idempotency_key)`, which returns its status."""
    operation = Operation.of(caller.uid, name, request)
    looked: list[str] = []

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[DisputeHandled, Sequence[Write]]":
        (place,) = seen
        gift: Donation | None = place.value
        if gift is None:
            raise NotFoundError("There is no such gift.")
        reference = Reference(kind=ONE_OFF, id=place.id)
        found = refunds.paid(reference, gift.payment_intent_id)
        if found is None:
            raise FailedPreconditionError("This gift was not paid.", {"reason": "not_waiting"})
        payment_id, payment = found
        if not looked:  # once it was answered, it does not wait any more
            looked.append(gateway.waiting(payment_id))
        status = act(looked[0], gift, payment, ids.digest(operation.id, "dispute"))
        by = Staff(caller.uid, min(ADMITTED & caller.roles), Purpose.PAYMENT)
        touched = (Touched(path=f"donations/{place.id}", fields=("state",)),)
        trail = vault.acted(action, by=by, subject=gift.uid, touched=touched)
        return DisputeHandled(donation_id=place.id, status=status), [trail]

    reads = [gifts.donations.key(request.donation_id)]
    return once(operation, DisputeHandled, reads=reads, decide=decide)
