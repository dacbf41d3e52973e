"""What Stripe says of a subscription and of its invoices."""

from datetime import datetime

from app.platform.payments.models.documents import (
    PLATFORM,
    Invoice,
    InvoiceState,
    Reference,
    Subscription,
    SubscriptionState,
)
from app.platform.payments.models.stripe import Finding, StripeInvoice, StripeSubscription
from app.platform.payments.policy.movements import currency_of, instant, optional_instant


def find(subscription: StripeSubscription, reference: Reference, at: datetime) -> Finding:
    """Return a subscription as it is.

    Raises:
        ValueError: it is of several prices, or in a currency that we do not take.
    """
    (item,) = subscription.items.data
    cancel_at = subscription.cancel_at
    if cancel_at is None and subscription.cancel_at_period_end:
        cancel_at = item.current_period_end
    mirror = Subscription(
        account=PLATFORM,
        state=SubscriptionState(subscription.status),
        reference=reference,
        customer_id=subscription.customer,
        price_id=item.price.id,
        lookup_key=item.price.lookup_key,
        unit_amount_cents=item.price.unit_amount,
        quantity=item.quantity,
        currency=currency_of(item.price.currency),
        interval=item.price.recurring.interval,
        period_start=instant(item.current_period_start),
        period_end=instant(item.current_period_end),
        trial_end=optional_instant(subscription.trial_end),
        cancel_at=optional_instant(cancel_at),
        canceled_at=optional_instant(subscription.canceled_at),
        ended_at=optional_instant(subscription.ended_at),
        collects=subscription.pause_collection is None,
        latest_invoice_id=subscription.latest_invoice,
        created_at=instant(subscription.created),
        updated_at=at,
    )
    return Finding(subscription.id, mirror)


def find_invoice(invoice: StripeInvoice, at: datetime) -> Finding | None:
    """Return an invoice as it is; None for one that is of no subscription of ours."""
    details = invoice.parent.subscription_details if invoice.parent else None
    reference = Reference.of(details.metadata) if details else None
    if details is None or reference is None:
        return None
    mirror = Invoice(
        account=PLATFORM,
        state=InvoiceState(invoice.status or "draft"),
        reference=reference,
        subscription_id=details.subscription,
        number=invoice.number,
        total_cents=invoice.total,
        paid_cents=invoice.amount_paid,
        due_cents=invoice.amount_due,
        currency=currency_of(invoice.currency),
        attempts=invoice.attempt_count,
        next_attempt_at=optional_instant(invoice.next_payment_attempt),
        period_start=instant(invoice.period_start),
        period_end=instant(invoice.period_end),
        created_at=instant(invoice.created),
        page_url=invoice.hosted_invoice_url,
        updated_at=at,
    )
    return Finding(invoice.id, mirror)
