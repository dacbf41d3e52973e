"""Keeping gifts, monthly gifts and the sums over them in the state of their payments."""

from typing import TYPE_CHECKING

from app.kit import clock, ids
from app.kit.errors import NotFoundError
from app.kit.triggers import on_written, schedule
from app.platform.mail import mailing
from app.platform.payments import feeds
from app.platform.payments.models.documents import Payment, PaymentState, Subscription
from app.platform.payments.store import truth
from app.platform.records import destruction
from app.recovery.charity import ZONE
from app.recovery.donations.models.dashboard import DonorTotals
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.models.monthly import MonthlyGift
from app.recovery.donations.policy import following, totals
from app.recovery.donations.policy import monthly as monthly_policy
from app.recovery.donations.policy.references import MONTHLY, ONE_OFF, gift_id_of
from app.recovery.donations.store import gifts, monthly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Write


@on_written("payments/{paymentId}")
def donations_on_payment_written(payment_id: str) -> None:
    """Give a gift the state of its payments as they are now. Repeats change nothing.

    Three reads, one query and one commit; for the first gift of a donor also one read of keys. A
    payment of a monthly gift becomes a gift of its own: three reads and one commit more, no query.
    """
    payment = truth.payments.get(payment_id)
    if payment is not None:
        _follow_payment(payment_id, payment)


@on_written("stripe_subscriptions/{subscriptionId}")
def donations_on_subscription_written(subscription_id: str) -> None:
    """Give a monthly gift the state of its subscription as it is now. Repeats change nothing.

    Four reads and one commit. Where a payment failed, the commit queues a mail to the donor, once
    for each bill. What an erasure took stays away.
    """
    mirror = truth.subscriptions.get(subscription_id)
    if mirror is not None:
        _follow_subscription(subscription_id, mirror)


@schedule("every 5 minutes")
def donations_sweep_payments() -> None:
    """Follow payments and subscriptions whose trigger was lost: the net.

    With nothing to do: two reads and two queries.
    """
    feeds.redeliver("donations_payments", Payment, _follow_payment)
    feeds.redeliver("donations_subscriptions", Subscription, _follow_subscription)


def _follow_payment(payment_id: str, payment: Payment) -> None:
    if payment.reference.kind == ONE_OFF:
        _follow(payment)
    if payment.reference.kind == MONTHLY:
        _follow_monthly(payment_id, payment)


def _follow(payment: Payment) -> None:
    reference = payment.reference
    try:
        # Payments are read after the gift, so that of two triggers at once the later write wins
        # only with both payments in view.
        gifts.settle(
            reference.id,
            lambda gift: following.follow(gift, truth.payments_for(reference)),
            _recounted,
        )
    except NotFoundError:
        if payment.captured_cents:
            raise
        # The call that opened this page ended before it stored the gift, and nobody paid.


def _follow_monthly(payment_id: str, payment: Payment) -> None:
    donation_id = gift_id_of(payment.reference, payment_id)
    if payment.state is PaymentState.EXPIRED:
        _expire(payment)
        return
    if donation_id is None or not following.is_gift(payment):
        return
    if gifts.donations.get(donation_id) is None:
        terms = monthly.terms.get(payment.reference.id)
        if terms is None:
            raise NotFoundError("There are no such terms.")
        gift = following.of_terms(terms, payment_id, payment.captured_at or clock.now())
        gifts.create_once(donation_id, gift)

    def change(gift: Donation) -> Donation:
        now = truth.payments.get(payment_id)  # after the gift, as above
        return following.follow(gift, [now] if now else [])

    gifts.settle(donation_id, change, _recounted)


def _expire(payment: Payment) -> None:
    terms = monthly.terms.get(payment.reference.id)
    if terms is not None:
        monthly.settle(terms.monthly_gift_id, lambda gift: (monthly_policy.expired(gift), ()))


def _follow_subscription(subscription_id: str, mirror: Subscription) -> None:
    terms = monthly.terms.get(mirror.reference.id) if mirror.reference.kind == MONTHLY else None
    if terms is None:
        return

    def change(gift: MonthlyGift) -> "tuple[MonthlyGift, Sequence[Write]]":
        now = truth.subscriptions.get(subscription_id)  # after the gift, as above
        if now is None:
            return gift, ()
        bill = monthly_policy.reminder(gift, now)
        mail = () if bill is None else _reminder(gift, bill)
        told = bill or gift.reminded_of
        return monthly_policy.follow(gift, subscription_id, now, reminded_of=told), mail

    monthly.settle(terms.monthly_gift_id, change)


def _reminder(gift: MonthlyGift, bill: str) -> "Sequence[Write]":
    """Return the writes that queue the mail on a bill that could not be collected."""
    at = clock.now()
    mail_id = ids.digest("monthly-gift-unpaid", bill)[:32]
    day = at.astimezone(ZONE).date().isoformat()
    return mailing.queued(
        mail_id,
        gift.uid,
        mailing.Template.GIFT_UNPAID,
        mailing.Locale(gift.locale),
        at,
        parameters={"at": day},
    )


def _recounted(sums: DonorTotals | None, before: Donation, after: Donation) -> DonorTotals | None:
    """Return a donor's totals after a gift changed; None for who was erased since.

    Where they are gone although this gift was counted, an erasure has taken them. One read of
    keys where they are not there at all.
    """
    if sums is None and (before.counted or destruction.destroyed_at(before.uid)):
        return None
    return totals.moved(sums or DonorTotals(), before.counted, after.counted)
