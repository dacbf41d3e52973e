"""The callables that change subscriptions. Stripe decides, and documents follow what it says."""

from typing import TYPE_CHECKING, Any

from app.kit import ids
from app.kit.callables import Caller, callable_function
from app.kit.limits import READS, WRITES
from app.kit.money import Currency
from app.platform.operations.idempotency import Operation, once
from app.platform.stripe.gateway import SECRETS
from app.platform.subscriptions import gateway, store
from app.platform.subscriptions.models.messages import (
    ChangeMembership,
    ChangePreview,
    ChangeSubscription,
    MembershipChanged,
    PreviewChange,
)
from app.platform.subscriptions.policy import memberships
from app.platform.subscriptions.policy.plans import PRICES, require_seats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=READS, secrets=SECRETS)
def subscriptions_preview_change(request: PreviewChange, caller: Caller) -> ChangePreview:
    """Answer what `subscriptions_change` would cost if it were called now, as Stripe reckons it.

    One read and three calls to Stripe. Errors: those of `subscriptions_change`.
    """
    price = PRICES[request.price_key]
    require_seats(price, request.seats)
    membership = store.required(store.memberships.get(request.membership_id), caller.uid)
    running = gateway.running(memberships.subscription_of(membership))
    memberships.require_changeable(membership, running, price)
    price_id = gateway.price_id(price)
    if memberships.is_of(running, price_id, request.seats):
        return ChangePreview(total_cents=0, due_now_cents=0, currency=Currency.USD)
    preview = gateway.preview(running, price_id, request.seats)
    return ChangePreview(
        total_cents=preview.total, due_now_cents=preview.amount_due, currency=Currency.USD
    )


@callable_function(limits=WRITES, secrets=SECRETS)
def subscriptions_change(request: ChangeSubscription, caller: Caller) -> MembershipChanged:
    """Change plan, interval or seats, at once. What is left of the period is settled with it.

    What costs more is collected now, and if the card is declined nothing changes. What costs less
    is credited to the invoices that follow. One batched read, one commit and three calls to
    Stripe, two where everything is so already.

    Errors: `invalid-argument` naming the field; `not-found`, also for another person's;
    `failed-precondition` with a reason; `unavailable` while Stripe does not answer.
    """
    price = PRICES[request.price_key]
    require_seats(price, request.seats)
    operation = Operation.of(caller.uid, "subscriptions_change", request)

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[MembershipChanged, Sequence[Write]]":
        (before,) = seen
        membership = store.required(before.value, caller.uid)
        running = gateway.running(memberships.subscription_of(membership))
        memberships.require_changeable(membership, running, price)
        price_id = gateway.price_id(price)
        if not memberships.is_of(running, price_id, request.seats):
            gateway.change(
                running, price_id, request.seats, idempotency_key=ids.digest(operation.id, "change")
            )
        wish = membership.model_copy(update={"plan": price.plan})
        answer = MembershipChanged(membership_id=request.membership_id, ends_at=None)
        return answer, [store.memberships.replace(before, wish)]

    reads = (store.memberships.key(request.membership_id),)
    return once(operation, MembershipChanged, reads=reads, decide=decide)


@callable_function(limits=WRITES, secrets=SECRETS)
def subscriptions_cancel(request: ChangeMembership, caller: Caller) -> MembershipChanged:
    """Let a subscription end with the period that is paid for. Until then it can be resumed.

    One batched read, one commit and two calls to Stripe. Errors: `not-found`, also for another
    person's; `failed-precondition` for one that has ended; `unavailable`.
    """
    return _ended_later("subscriptions_cancel", request, caller, ends=True)


@callable_function(limits=WRITES, secrets=SECRETS)
def subscriptions_resume(request: ChangeMembership, caller: Caller) -> MembershipChanged:
    """Let a subscription that was canceled go on after its period.

    Calls and errors are those of `subscriptions_cancel`.
    """
    return _ended_later("subscriptions_resume", request, caller, ends=False)


def _ended_later(
    name: str, request: ChangeMembership, caller: Caller, *, ends: bool
) -> MembershipChanged:
    operation = Operation.of(caller.uid, name, request)

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[MembershipChanged, Sequence[Write]]":
        membership = store.required(seen[0].value, caller.uid)
        running = gateway.running(memberships.subscription_of(membership))
        memberships.require_live(running)
        if (running.ends_at is not None) is not ends:
            key = ids.digest(operation.id, "end")
            running = gateway.end_later(running.id, ends=ends, idempotency_key=key)
        answer = MembershipChanged(
            membership_id=request.membership_id, ends_at=memberships.ends_at(running)
        )
        return answer, ()

    reads = (store.memberships.key(request.membership_id),)
    return once(operation, MembershipChanged, reads=reads, decide=decide)
