"""Giving monthly: begun, changed, ended, taken up again, listed."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, environment, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.money import Currency
from app.platform.customers import customer
from app.platform.operations.idempotency import Operation, once
from app.platform.payments.models.documents import Reference
from app.platform.records import vault
from app.platform.records.vault import Owner, Record
from app.platform.stripe.gateway import SECRETS
from app.recovery.donations.gateway import monthly as gateway
from app.recovery.donations.models.gifts import Choice
from app.recovery.donations.models.monthly import (
    CancelMonthly,
    ChangeMonthly,
    ListMonthly,
    MonthlyChanged,
    MonthlyGift,
    MonthlyGiftPage,
    MonthlyStarted,
    MonthlyState,
    ResumeMonthly,
    StartMonthly,
    Terms,
    When,
)
from app.recovery.donations.policy import monthly, pricing, registration
from app.recovery.donations.policy.references import MONTHLY
from app.recovery.donations.store import monthly as store
from app.recovery.donations.store import solicitation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kit.firestore import Snapshot, Write
    from app.recovery.donations.policy.pricing import Gift

type Changing = ChangeMonthly | CancelMonthly | ResumeMonthly


@callable_function(limits=WRITES, secrets=SECRETS)
def donations_start_monthly(request: StartMonthly, caller: Caller) -> MonthlyStarted:
    """Price a monthly gift and open the page at Stripe where its first month is paid.

    One batched read, one commit and one call to Stripe, two for a first gift of this kind. Stripe
    learns the id of the terms and what is on the page, and nothing of the donor.

    Errors: as `donations_create_checkout`.
    """
    gift = pricing.price(request)
    operation = Operation.of(caller.uid, "donations_start_monthly", request)
    gift_id = ids.digest(operation.id, "monthly-gift")[:32]
    terms_id = ids.digest(operation.id, "terms")[:32]
    place = f"{environment.web_url()}/donations/monthly/{gift_id}"

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[MonthlyStarted, Sequence[Write]]":
        switch, mine = seen
        registration.require(switch.value or registration.DEFAULT, request.donor_state)
        values = {"dedication": request.dedication} if request.dedication else {}
        record = Record(caller.uid, f"monthly_gifts/{gift_id}")
        sealed, trail = vault.seal(record, values, by=Owner(caller.uid))
        customer_id, also = customer.ensured(mine)
        page = gateway.open_page(
            gift.amount_cents,
            Currency.USD,
            Reference(kind=MONTHLY, id=terms_id).metadata,
            customer_id=customer_id,
            success_url=f"{place}?checkout=done",
            cancel_url=f"{place}?checkout=left",
            idempotency_key=ids.digest(operation.id, "checkout"),
        )
        terms = _terms(caller.uid, gift_id, request, gift, anonymous=request.anonymous)
        started = MonthlyGift(
            uid=caller.uid,
            terms_id=terms_id,
            amount_cents=gift.amount_cents,
            currency=Currency.USD,
            locale=request.locale,
            state=MonthlyState.CREATED,
            checkout_session_id=page.session_id,
            created_at=terms.created_at,
            sealed=sealed,
        )
        answer = MonthlyStarted(
            monthly_gift_id=gift_id,
            checkout_url=page.url,
            amount_cents=gift.amount_cents,
            currency=Currency.USD,
        )
        made = [store.gifts.create(gift_id, started), store.terms.create(terms_id, terms)]
        return answer, [*made, *trail, *also]

    reads = [solicitation.key(), customer.key(caller.uid)]
    return once(operation, MonthlyStarted, reads=reads, decide=decide)


@callable_function(limits=WRITES, secrets=SECRETS)
def donations_change_monthly(request: ChangeMonthly, caller: Caller) -> MonthlyChanged:
    """Let one of the caller's monthly gifts be another one from its next payment on.

    The new terms are stored before Stripe is told, so that no payment refers to what is not
    there. One batched read, two commits and four calls to Stripe.

    Errors: `invalid-argument` naming the field; `not-found` for what is not the caller's;
    `failed-precondition` with the reason `not_running` for one that has not begun or is over, or
    `solicitation`; `unavailable`.
    """
    gift = pricing.price(request)
    operation = Operation.of(caller.uid, "donations_change_monthly", request)
    terms_id = ids.digest(operation.id, "terms")[:32]

    def act(seen: MonthlyGift, key: str) -> int:
        subscription_id = monthly.require_running(seen)
        gift_id = request.monthly_gift_id
        terms = _terms(caller.uid, gift_id, request, gift, anonymous=request.anonymous)
        store.keep_terms(terms_id, terms)
        metadata = Reference(kind=MONTHLY, id=terms_id).metadata
        gateway.change(
            subscription_id, gift.amount_cents, Currency.USD, metadata, idempotency_key=key
        )
        return gift.amount_cents

    return _changed(operation, request, caller, act, asks=True)


@callable_function(limits=WRITES, secrets=SECRETS)
def donations_cancel_monthly(request: CancelMonthly, caller: Caller) -> MonthlyChanged:
    """End one of the caller's monthly gifts, at once or instead of its next payment.

    One batched read, one commit and one call to Stripe.

    Errors: `not-found` for what is not the caller's; `failed-precondition` with the reason
    `not_running` for one that has not begun or is over; `unavailable`.
    """
    operation = Operation.of(caller.uid, "donations_cancel_monthly", request)

    def act(seen: MonthlyGift, key: str) -> int:
        subscription_id = monthly.require_running(seen)
        if request.when is When.NOW:
            gateway.end_now(subscription_id, idempotency_key=key)
        else:
            gateway.end_with_period(subscription_id, ends=True, idempotency_key=key)
        return seen.amount_cents

    return _changed(operation, request, caller, act)


@callable_function(limits=WRITES, secrets=SECRETS)
def donations_resume_monthly(request: ResumeMonthly, caller: Caller) -> MonthlyChanged:
    """Let one of the caller's monthly gifts go on that was to end with its period.

    One batched read, one commit and one call to Stripe.

    Errors: `not-found` for what is not the caller's; `failed-precondition` with the reason
    `not_running` for one that is over, `goes_on` for one that nobody ended, or `solicitation`;
    `unavailable`.
    """
    operation = Operation.of(caller.uid, "donations_resume_monthly", request)

    def act(seen: MonthlyGift, key: str) -> int:
        subscription_id = monthly.require_ending(seen)
        gateway.end_with_period(subscription_id, ends=False, idempotency_key=key)
        return seen.amount_cents

    return _changed(operation, request, caller, act, asks=True)


@callable_function(limits=READS)
def donations_list_monthly(request: ListMonthly, caller: Caller) -> MonthlyGiftPage:
    """Answer the caller's own monthly gifts, newest first. One query."""
    shown, next_cursor = store.page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    items = tuple(monthly.view(gift_id, gift) for gift_id, gift in shown)
    return MonthlyGiftPage(items=items, next_cursor=next_cursor)


def _changed(
    operation: Operation,
    request: Changing,
    caller: Caller,
    act: "Callable[[MonthlyGift, str], int]",
    *,
    asks: bool = False,
) -> MonthlyChanged:
    """Carry out `act(gift, idempotency_key)` at Stripe, whose truth the gift then follows.

    `act` returns the cents that are billed next; `asks` says whether it needs the right to ask
    for gifts.
    """
    gift_id = request.monthly_gift_id

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[MonthlyChanged, Sequence[Write]]":
        found, switch = seen
        gift: MonthlyGift | None = found.value
        if gift is None or gift.uid != caller.uid:
            raise NotFoundError("There is no such monthly gift.")
        if asks:
            registration.require(switch.value or registration.DEFAULT, None)
        cents = act(gift, ids.digest(operation.id, "change"))
        answer = MonthlyChanged(monthly_gift_id=gift_id, amount_cents=cents, currency=gift.currency)
        return answer, ()

    reads = [store.gifts.key(gift_id), solicitation.key()]
    return once(operation, MonthlyChanged, reads=reads, decide=decide)


def _terms(uid: str, gift_id: str, choice: Choice, gift: "Gift", *, anonymous: bool) -> Terms:
    return Terms(
        uid=uid,
        monthly_gift_id=gift_id,
        items=choice.items,
        custom_amount_cents=choice.custom_amount_cents,
        allocation=gift.allocation,
        fee_cover_cents=gift.fee_cover_cents,
        amount_cents=gift.amount_cents,
        currency=Currency.USD,
        anonymous=anonymous,
        created_at=clock.now(),
    )
