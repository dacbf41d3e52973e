"""The callables that begin and show memberships."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, environment, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import FailedPreconditionError
from app.kit.limits import READS, WRITES
from app.kit.money import Currency
from app.platform.customers import customer
from app.platform.operations.idempotency import Operation, once
from app.platform.payments.models.documents import Invoice, Reference
from app.platform.stripe.gateway import SECRETS
from app.platform.subscriptions import gateway, store
from app.platform.subscriptions.models.documents import Held, Membership
from app.platform.subscriptions.models.messages import (
    GetSubscriptions,
    Invoices,
    InvoiceView,
    ListInvoices,
    StartSubscription,
    SubscriptionPage,
    Subscriptions,
    SubscriptionView,
)
from app.platform.subscriptions.policy import entitlements, memberships
from app.platform.subscriptions.policy.plans import PRICES, family_of, require_seats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=WRITES, secrets=SECRETS)
def subscriptions_start(request: StartSubscription, caller: Caller) -> SubscriptionPage:
    """Open the page at Stripe where the caller subscribes to a plan, the first time with a trial.

    Promotion codes are entered there. A page that was opened before for a plan of the same kind is
    closed first, so that nobody subscribes twice.

    One batched read, one commit and two calls to Stripe; one more for a new customer, and one or
    two where a page was opened before.

    Errors: `invalid-argument` naming the field; `failed-precondition` with the reason `subscribed`
    for who has a plan of that kind; `unavailable` while Stripe does not answer.
    """
    price = PRICES[request.price_key]
    require_seats(price, request.seats)
    family = family_of(price.plan)
    operation = Operation.of(caller.uid, "subscriptions_start", request)
    membership_id = store.membership_id(caller.uid, family)
    place = f"{environment.web_url()}/account/subscriptions/{membership_id}"

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[SubscriptionPage, Sequence[Write]]":
        person, before, held = seen
        memberships.require_none(held.value.subscriptions if held.value else (), family)
        earlier: Membership | None = before.value
        if earlier is not None and not gateway.close_page(earlier.checkout_session_id):
            raise FailedPreconditionError(
                "Your subscription is being set up. Look again in a minute.",
                {"reason": "subscribed"},
            )
        customer_id, writes = customer.ensured(person)
        days = memberships.trial_days(price, earlier)
        session_id, url = gateway.open_page(
            gateway.price_id(price),
            request.seats,
            customer_id,
            Reference(kind=store.KIND, id=membership_id).metadata,
            trial_days=days,
            success_url=f"{place}?checkout=done",
            cancel_url=f"{place}?checkout=left",
            idempotency_key=ids.digest(operation.id, "checkout"),
        )
        wished = {
            "plan": price.plan,
            "locale": request.locale,
            "checkout_session_id": session_id,
        }
        membership = earlier or Membership(
            uid=caller.uid, family=family, created_at=clock.now(), **wished
        )
        answer = SubscriptionPage(membership_id=membership_id, checkout_url=url, trial_days=days)
        wish = store.memberships.replace(before, membership.model_copy(update=wished))
        return answer, [wish, *writes]

    reads = (
        customer.key(caller.uid),
        store.memberships.key(membership_id),
        store.entitlements.key(caller.uid),
    )
    return once(operation, SubscriptionPage, reads=reads, decide=decide)


@callable_function(limits=READS)
def subscriptions_get(request: GetSubscriptions, caller: Caller) -> Subscriptions:  # noqa: ARG001  # it has no parameters
    """Answer what the caller has, and each subscription that it comes from. One read."""
    seen = store.entitlements.get(caller.uid)
    subscriptions = seen.subscriptions if seen else ()
    now = clock.now()
    have = entitlements.combined(subscriptions, now)
    return Subscriptions(
        plan=have.plan,
        active=have.active,
        limits=have.limits,
        features=tuple(sorted(have.features)),
        items=tuple(_view(held) for held in subscriptions),
    )


@callable_function(limits=READS)
def subscriptions_list_invoices(request: ListInvoices, caller: Caller) -> Invoices:
    """Answer the invoices of a membership of the caller, newest first. One query and one read.

    Errors: `invalid-argument` for a cursor that no page gave; `not-found`, also for another
    person's.
    """
    found, next_cursor = store.invoices_of(
        request.membership_id, limit=request.limit, cursor=request.cursor
    )
    store.required(store.memberships.get(request.membership_id), caller.uid)
    items = tuple(_invoice(invoice_id, invoice) for invoice_id, invoice in found)
    return Invoices(items=items, next_cursor=next_cursor)


def _view(held: Held) -> SubscriptionView:
    goes_on = held.state in entitlements.RUNNING and held.ends_at is None
    return SubscriptionView(
        membership_id=held.membership_id,
        family=held.family,
        plan=held.plan,
        seats=held.seats,
        state=held.state,
        price_cents=held.unit_amount_cents * held.seats,
        currency=Currency.USD,
        interval=held.interval,
        access_until=entitlements.access_until(held),
        grace_until=entitlements.grace_until(held),
        trial_end=held.trial_end,
        ends_at=held.ends_at,
        next_charge_at=held.period_end if goes_on else None,
    )


def _invoice(invoice_id: str, invoice: Invoice) -> InvoiceView:
    return InvoiceView(
        invoice_id=invoice_id,
        number=invoice.number,
        state=invoice.state,
        total_cents=invoice.total_cents,
        paid_cents=invoice.paid_cents,
        due_cents=invoice.due_cents,
        currency=invoice.currency,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        created_at=invoice.created_at,
        page_url=invoice.page_url,
    )
