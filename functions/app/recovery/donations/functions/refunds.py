"""Refunds by finance: ordered by one person, above a limit by two.

A wish is stored before Stripe is told, and Stripe is told until it has answered; the gift itself
changes only by what Stripe then says of its payment.
"""

from typing import TYPE_CHECKING, Any

from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import DomainError, NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.kit.triggers import schedule
from app.platform.audit.models import Action, Touched
from app.platform.operations.idempotency import Operation, once
from app.platform.payments.models.documents import Payment, Reference
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff
from app.platform.stripe.gateway import SECRETS
from app.recovery.donations.gateway import refunds as gateway
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.models.refunds import (
    DecideRefund,
    ListRefundRequests,
    RefundGift,
    RefundItem,
    RefundPage,
    RefundRequest,
    RefundState,
)
from app.recovery.donations.policy import refunds
from app.recovery.donations.policy.references import ONE_OFF
from app.recovery.donations.store import refunds as store
from app.recovery.donations.store.gifts import donations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

ADMITTED = frozenset({Role.FINANCE, Role.ADMIN})
SWEEP_MAX = 100


@callable_function(limits=WRITES, admitted=ADMITTED, secrets=SECRETS)
def donations_refund(request: RefundGift, caller: Caller) -> RefundItem:
    """Refund a gift or a part of it, at once or, above `REFUND_LIMIT_CENTS`, once another agrees.

    One batched read, one query and one commit, which holds the audit entry; at once, also four
    reads and a commit, and two calls to Stripe. While Stripe does not answer it is told later.

    Errors: `not-found`; `permission-denied` for one's own gift; `failed-precondition` with the
    reason `not_paid`, `disputed`, `nothing_left`, `above_left` or `under_way`.
    """
    operation = Operation.of(caller.uid, "donations_refund", request)
    request_id = ids.digest(operation.id, "refund")[:32]

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[RefundItem, Sequence[Write]]":
        (place,), at = seen, clock.now()
        gift = _required(place.value)
        refunds.require_others(gift, caller.uid)
        if gift.refund_request_id is not None:
            refunds.require_free(store.requests.get(gift.refund_request_id), at)
        found = _paid(place.id, gift)
        cents = refunds.require_amount(found and found[1], request.amount_cents)
        payment_id, payment = found or ("", None)
        asked = (place.id, payment_id)
        wish = refunds.requested(gift, asked, cents, request.reason, caller.uid, at)
        if payment is not None and not refunds.needs_second(gift, payment, cents):
            wish = refunds.ordered(wish, None, at)
        action = Action.PROPOSE_REFUND if wish.decided_at is None else Action.ORDER_REFUND
        writes = [
            store.requests.create(request_id, wish),
            donations.replace(place, refunds.marked(gift, request_id, wish)),
            _acted(action, caller, gift.uid, request_id),
        ]
        return refunds.item(request_id, wish), writes

    reads = [donations.key(request.donation_id)]
    return _carried_out(once(operation, RefundItem, reads=reads, decide=decide))


@callable_function(limits=WRITES, admitted=ADMITTED, secrets=SECRETS)
def donations_decide_refund(request: DecideRefund, caller: Caller) -> RefundItem:
    """Agree to a refund that somebody else asked for within the last 24 hours, or decline it.

    One read, one batched read and one commit, which holds the audit entry; agreed, also a query,
    four reads and a commit, and two calls to Stripe.

    Errors: `not-found`; `permission-denied` for who asked for it and for the donor;
    `failed-precondition` with the reason `decided` or `expired`, or one of `donations_refund`.
    """
    asked = store.requests.get(request.request_id)
    if asked is None:
        raise NotFoundError("There is no such request.")
    operation = Operation.of(caller.uid, "donations_decide_refund", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[RefundItem, Sequence[Write]]":
        (wish, place), at = seen, clock.now()
        current: RefundRequest = wish.value or asked
        gift = _required(place.value)
        refunds.require_decision(current, caller.uid, at)
        if request.approve:
            found = _paid(place.id, gift)
            refunds.require_amount(found and found[1], current.amount_cents)
            decided = refunds.ordered(current, caller.uid, at)
        else:
            decided = refunds.declined(current, caller.uid, at)
        action = Action.ORDER_REFUND if request.approve else Action.DECLINE_REFUND
        writes = [
            store.requests.replace(wish, decided),
            donations.replace(place, refunds.marked(gift, wish.id, decided)),
            _acted(action, caller, gift.uid, wish.id),
        ]
        return refunds.item(wish.id, decided), writes

    reads = [store.requests.key(request.request_id), donations.key(asked.donation_id)]
    return _carried_out(once(operation, RefundItem, reads=reads, decide=decide))


@callable_function(limits=READS, admitted=ADMITTED)
def donations_list_refund_requests(request: ListRefundRequests, caller: Caller) -> RefundPage:  # noqa: ARG001  # finance sees all
    """Answer refunds that were asked for, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_of(limit=request.limit, cursor=request.cursor)
    items = tuple(refunds.item(request_id, wish) for request_id, wish in found)
    return RefundPage(items=items, next_cursor=next_cursor)


@schedule("every 5 minutes", secrets=SECRETS)
def donations_sweep_refunds() -> None:
    """Tell Stripe of refunds that were ordered and that it may not know of. One query."""
    for request_id in store.overdue(clock.now(), SWEEP_MAX):
        _tell(request_id)


def _carried_out(item: RefundItem) -> RefundItem:
    """Tell Stripe of what is ordered, and return what became of it."""
    if item.state is not RefundState.ORDERED:
        return item
    _tell(item.request_id)
    now = store.requests.get(item.request_id)
    return item if now is None else refunds.item(item.request_id, now)


def _tell(request_id: str) -> None:
    """Make a refund at Stripe if it is ordered and not made; leave it to the sweep if need be."""
    wish = store.requests.get(request_id)
    if wish is None or wish.state is not RefundState.ORDERED:
        return
    refund_id, problem = None, None
    try:
        refund_id = gateway.refund(
            wish.payment_intent_id, wish.amount_cents, wish.reason, request_id
        )
    except gateway.RefusedError as error:
        problem = error.code
    except DomainError:  # Stripe does not answer, or is still at the same request
        return

    def change(now: RefundRequest) -> RefundRequest:
        if now.state is not RefundState.ORDERED:  # another worker was faster
            return now
        return refunds.told(now, refund_id, problem)

    store.finish(request_id, change, refunds.marked)


def _required(gift: Donation | None) -> Donation:
    if gift is None:
        raise NotFoundError("There is no such gift.")
    return gift


def _paid(donation_id: str, gift: Donation) -> tuple[str, Payment] | None:
    return store.paid(Reference(kind=ONE_OFF, id=donation_id), gift.payment_intent_id)


def _acted(action: Action, caller: Caller, donor: str, request_id: str) -> "Write":
    by = Staff(caller.uid, min(ADMITTED & caller.roles), Purpose.PAYMENT)
    touched = (Touched(path=f"refund_requests/{request_id}", fields=("state",)),)
    return vault.acted(action, by=by, subject=donor, touched=touched)
