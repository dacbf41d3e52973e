"""The callables for finance: what is owed, what is in its way, and what is kept back."""

from typing import TYPE_CHECKING

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import InvalidArgumentError, NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import Role
from app.platform.audit.models import Action, Touched
from app.platform.connect import store
from app.platform.connect.models.documents import Earning, Hold
from app.platform.connect.models.messages import (
    EarningPage,
    EarningView,
    FailedPayout,
    FailedPayoutPage,
    HoldEarning,
    ListEarnings,
    ListFailedPayouts,
    ReleaseHold,
)
from app.platform.connect.policy import earnings as policy
from app.platform.operations.idempotency import Operation, once
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kit.firestore import Snapshot, Write

MONEY = frozenset({Role.FINANCE, Role.ADMIN})


@callable_function(limits=READS, admitted=MONEY)
def connect_list_earnings(request: ListEarnings, caller: Caller) -> EarningPage:  # noqa: ARG001  # finance sees all
    """Answer earnings in a state, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_in(request.state, limit=request.limit, cursor=request.cursor)
    items = tuple(_view(earning_id, earning) for earning_id, earning in found)
    return EarningPage(items=items, next_cursor=next_cursor)


@callable_function(limits=READS, admitted=MONEY)
def connect_list_failed_payouts(request: ListFailedPayouts, caller: Caller) -> FailedPayoutPage:  # noqa: ARG001  # as above
    """Answer payouts of ours and of payees that failed, newest first. One query.

    The money of each is back in its balance at Stripe.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.failed_payouts(limit=request.limit, cursor=request.cursor)
    items = tuple(
        FailedPayout(
            payout_id=payout_id,
            account=payout.account,
            state=payout.state,
            amount_cents=payout.amount_cents,
            currency=payout.currency,
            created_at=payout.created_at,
            arrives_at=payout.arrives_at,
            failure=payout.failure,
        )
        for payout_id, payout in found
    )
    return FailedPayoutPage(items=items, next_cursor=next_cursor)


@callable_function(limits=WRITES, admitted=MONEY)
def connect_hold_earning(request: HoldEarning, caller: Caller) -> EarningView:
    """Keep back what is owed and not moving yet. What was transferred is only reversed.

    One batched read and one commit, which holds the audit entry.

    Errors: `not-found`; `failed-precondition` where it is held already, or is past holding.
    """
    hold = Hold(reason=request.reason, by=caller.uid, at=clock.now())

    def change(earning: Earning) -> Earning:
        return policy.held(earning, hold)

    return _changed("connect_hold_earning", request, caller, Action.HOLD_EARNING, change)


@callable_function(limits=WRITES, admitted=MONEY)
def connect_release_hold(request: ReleaseHold, caller: Caller) -> EarningView:
    """End a hold; within 15 minutes the earning goes on where it was.

    One batched read and one commit, which holds the audit entry.

    Errors: `not-found`; `failed-precondition` where it is not held; `invalid-argument` where it
    is held for another reason.
    """
    at = clock.now()

    def change(earning: Earning) -> Earning:
        if earning.hold is not None and earning.hold.reason is not request.reason:
            raise InvalidArgumentError.of("reason", "is not that of the hold")
        return policy.let_go(earning, at)

    return _changed("connect_release_hold", request, caller, Action.RELEASE_EARNING, change)


def _changed(
    name: str,
    request: HoldEarning | ReleaseHold,
    caller: Caller,
    action: Action,
    change: "Callable[[Earning], Earning]",
) -> EarningView:
    operation = Operation.of(caller.uid, name, request)

    def decide(seen: "tuple[Snapshot[Earning], ...]") -> "tuple[EarningView, Sequence[Write]]":
        (kept,) = seen
        if kept.value is None:
            raise NotFoundError("There is no such earning.")
        earning = change(kept.value)
        (role, *_) = sorted(caller.roles & MONEY)
        entry = vault.acted(
            action,
            by=Staff(caller.uid, role, Purpose.LEDGER),
            subject=earning.uid,
            touched=(Touched(path=f"earnings/{kept.id}", fields=(request.reason,)),),
        )
        return _view(kept.id, earning), [store.earnings.replace(kept, earning), entry]

    reads = (store.earnings.key(request.earning_id),)
    return once(operation, EarningView, reads=reads, decide=decide)


def _view(earning_id: str, earning: Earning) -> EarningView:
    return EarningView(
        earning_id=earning_id,
        payee_id=earning.payee_id,
        reference_kind=earning.reference.kind,
        reference_id=earning.reference.id,
        payment_intent_id=earning.payment_intent_id,
        price_cents=earning.price_cents,
        fee_cents=earning.fee_cents,
        target_cents=earning.target_cents,
        transferred_cents=earning.transferred_cents,
        currency=earning.currency,
        state=earning.state,
        problem=earning.problem,
        hold=earning.hold.reason if earning.hold else None,
        earned_at=earning.earned_at,
        release_at=earning.release_at,
    )
