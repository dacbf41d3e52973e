"""What keeps entitlements as Stripe says, tells payers of it, and the net under both."""

from datetime import datetime
from typing import TYPE_CHECKING

from app.kit import clock
from app.kit.errors import UnavailableError
from app.kit.triggers import on_written, schedule
from app.platform.mail import mailing
from app.platform.mail.mailing import Template
from app.platform.payments import feeds
from app.platform.payments.models.documents import Invoice, Subscription
from app.platform.payments.store import truth
from app.platform.stripe.gateway import SECRETS
from app.platform.subscriptions import gateway, store
from app.platform.subscriptions.models.documents import Entitlements, Held, Membership
from app.platform.subscriptions.policy import entitlements, memberships, notices
from app.platform.subscriptions.store import Followed

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.kit.firestore import Write

SWEEP_MAX = 500
SWEEP_TIMEOUT_SECONDS = 540


@on_written("stripe_subscriptions/{subscriptionId}", secrets=SECRETS)
def subscriptions_on_subscription_written(subscription_id: str) -> None:
    """Give a payer what their subscription entitles to as it is now. Repeats change nothing.

    Three reads and one commit; two queries more where it is not paid, and one read, one commit of
    keys and one call to Stripe where there is something to tell.
    """
    _follow(subscription_id)


@on_written("stripe_invoices/{invoiceId}", secrets=SECRETS)
def subscriptions_on_invoice_written(invoice_id: str) -> None:
    """Look at an invoice's subscription again: since when it is not paid, its invoices tell.

    One read, and what `subscriptions_on_subscription_written` makes.
    """
    invoice = truth.invoices.get(invoice_id)
    if invoice is not None:
        _follow_of(invoice)


@schedule("every 15 minutes", timeout_sec=SWEEP_TIMEOUT_SECONDS, secrets=SECRETS)
def subscriptions_sweep_entitlements() -> None:
    """Tell payers what time alone brings, and follow what a lost trigger left.

    Three queries and two reads, and what `subscriptions_on_subscription_written` makes for each
    subscription that there is something to tell of, or that Stripe told something of.
    """
    for subscription_id in store.due(clock.now(), SWEEP_MAX):
        _follow(subscription_id)
    feeds.redeliver("subscriptions", Subscription, lambda found, _: _follow(found))
    feeds.redeliver("subscription_invoices", Invoice, lambda _, invoice: _follow_of(invoice))


def _follow_of(invoice: Invoice) -> None:
    if invoice.reference.kind == store.KIND:
        _follow(invoice.subscription_id)


def _follow(subscription_id: str) -> None:
    mirror = truth.subscriptions.get(subscription_id)
    if mirror is None or mirror.reference.kind != store.KIND:
        return
    membership = store.memberships.get(mirror.reference.id)
    if membership is None:
        return  # its payer was erased
    store.follow(subscription_id, mirror.reference.id, membership.uid, _decision(subscription_id))


def _decision(
    subscription_id: str,
) -> "Callable[[Entitlements, Membership, Subscription], Followed]":
    def decide(before: Entitlements, membership: Membership, mirror: Subscription) -> Followed:
        now = clock.now()
        owed = [] if mirror.state in entitlements.RUNNING else store.unpaid(subscription_id)
        unpaid_since = owed[0][1].created_at if owed else None
        held = entitlements.held(subscription_id, mirror, membership, unpaid_since)
        others = [one for one in before.subscriptions if one.subscription_id != subscription_id]
        subscriptions = entitlements.kept([*others, held])
        try:
            mails = _mails(held, membership, owed[0][0] if owed else None, now)
            coming = [notices.next_due(one, now) for one in subscriptions]
            due_at = min(filter(None, coming), default=None)
        except UnavailableError:  # access does not wait for what is only told of it
            mails, due_at = [], now
        return Followed(
            Entitlements(subscriptions=subscriptions, due_at=due_at),
            memberships.followed(membership, subscription_id, mirror, held),
            mails,
        )

    return decide


def _mails(
    held: Held, membership: Membership, invoice_id: str | None, now: datetime
) -> "list[Write]":
    """Return the writes that queue what there is to tell now and was not told.

    Raises:
        UnavailableError: Stripe does not say why a payment failed.
    """
    due = {notice.mail_id(held.subscription_id): notice for notice in notices.due(held, now)}
    writes: list[Write] = []
    for mail_id in store.unqueued(due):
        template = due[mail_id].template
        if template is Template.PAYMENT_FAILED and invoice_id is not None:
            declined = gateway.declined_for_good(invoice_id)
            template = Template.CARD_REFUSED if declined else template
        writes += mailing.queued(
            mail_id,
            membership.uid,
            template,
            membership.locale,
            now,
            parameters=due[mail_id].parameters,
        )
    return writes
