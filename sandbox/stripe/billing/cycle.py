"""A subscription's time: periods, the end of a trial, first payments that never come."""

from sandbox.stripe.account import Account
from sandbox.stripe.billing import collection, invoices, outcomes, states
from sandbox.stripe.billing.changes import recorded
from sandbox.stripe.billing.periods import DAY_SECONDS, next_boundary
from sandbox.stripe.params import Json

INCOMPLETE_SECONDS = 23 * 3600
TRIAL_NOTICE_SECONDS = 3 * DAY_SECONDS


def schedule(account: Account, subscription: Json) -> None:
    """Let the end of the current period happen when it comes."""
    _, end = states.period_of(subscription)

    def act() -> None:
        ended = subscription["status"] in (*states.ENDED, "incomplete", "paused")
        if not ended and states.period_of(subscription)[1] == end:
            _turn(account, subscription, end)

    account.clock.at(end, act)


def expire_later(account: Account, subscription: Json) -> None:
    """Give up a first payment that does not come within 23 hours."""

    def act() -> None:
        if subscription["status"] == "incomplete":
            for invoice in invoices.of_subscription(account, subscription, "open"):
                outcomes.void(account, invoice, {})

    account.clock.later(INCOMPLETE_SECONDS, act)


def announce_trial_end(account: Account, subscription: Json) -> None:
    """Tell three days before a trial ends, or at once if it is shorter."""
    trial_end = subscription["trial_end"]

    def act() -> None:
        if subscription["status"] == "trialing" and subscription["trial_end"] == trial_end:
            account.emit("customer.subscription.trial_will_end", subscription)

    account.clock.at(trial_end - TRIAL_NOTICE_SECONDS, act)


def cancel_later(account: Account, subscription: Json) -> None:
    """End the subscription at its `cancel_at`."""
    moment = subscription["cancel_at"]

    def act() -> None:
        if subscription["cancel_at"] == moment and subscription["status"] not in states.ENDED:
            _finish(account, subscription)

    account.clock.at(moment, act)


def restart(account: Account, subscription: Json) -> None:
    """Begin a period of full length now. The caller records the change and schedules its end."""
    at = account.clock.now()
    recurring = states.items_of(subscription)[0]["price"]["recurring"]
    subscription["billing_cycle_anchor"] = at
    states.set_period(subscription, at, next_boundary(at, recurring, at))


def _turn(account: Account, subscription: Json, end: int) -> None:
    """Do what the end of a period brings."""
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= end:
        _finish(account, subscription)
        return
    if subscription["status"] == "trialing" and not _leave_trial(account, subscription):
        return
    start, _ = states.period_of(subscription)
    recurring = states.items_of(subscription)[0]["price"]["recurring"]
    with recorded(account, subscription):
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
        anchor = subscription["billing_cycle_anchor"]
        states.set_period(subscription, end, next_boundary(anchor, recurring, end))
        bill_period(account, subscription, (start, end))
    schedule(account, subscription)


def bill_period(account: Account, subscription: Json, before: invoices.Period) -> None:
    """Draft the invoice of a period that begins now and see to its collection."""
    period = states.period_of(subscription)
    lines = account.billing.pending.pop(subscription["id"], [])
    lines += invoices.period_lines(account, states.items_of(subscription), period)
    invoice = invoices.draft(account, subscription, lines, "subscription_cycle", before)
    paused = subscription["pause_collection"]
    if paused is not None:
        _hold(account, invoice, paused["behavior"])
    elif subscription["status"] != "unpaid":
        with recorded(account, invoice):
            collection.advance_later(account, invoice)


def _hold(account: Account, invoice: Json, behavior: str) -> None:
    if behavior != "keep_as_draft":
        collection.finalize(account, invoice)
    if invoice["status"] == "open":
        give_up = {"void": outcomes.void, "mark_uncollectible": outcomes.mark_uncollectible}
        give_up[behavior](account, invoice, {})


def _leave_trial(account: Account, subscription: Json) -> bool:
    """Return whether a trial that ends without a payment method goes on to be paid."""
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if states.method_of(account, subscription) is not None or behavior == "create_invoice":
        return True
    if behavior == "cancel":
        states.end(account, subscription, "cancellation_requested")
    else:
        states.move(account, subscription, "paused")
        account.emit("customer.subscription.paused", subscription)
    return False


def _finish(account: Account, subscription: Json) -> None:
    """End a subscription as it was asked for; what is pending is charged with a last invoice."""
    lines = account.billing.pending.pop(subscription["id"], [])
    if lines:
        with recorded(account, subscription):
            period = states.period_of(subscription)
            last = invoices.draft(account, subscription, lines, "subscription_cycle", period)
    states.end(account, subscription, "cancellation_requested")
    if lines:
        collection.advance_later(account, last)
