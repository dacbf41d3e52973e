"""What payers are told of their subscriptions, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kit import ids
from app.platform.mail.models import Template
from app.platform.payments.models.documents import SubscriptionState
from app.platform.subscriptions.models.documents import Held
from app.platform.subscriptions.models.plans import Interval
from app.platform.subscriptions.policy.entitlements import GRACE, access_until, grace_until

BEFORE_TRIAL_ENDS = timedelta(days=3)
BEFORE_YEARLY_RENEWAL = timedelta(days=30)
BEFORE_GRACE_ENDS = timedelta(days=2)
AFTER_ACCESS_ENDED = timedelta(days=7)
"""Past this it is no news any more."""


@dataclass(frozen=True)
class Notice:
    """Something to tell a payer once, from an instant on and while it is of use.

    Attributes:
        template: what is said.
        at: the instant that it is about.
        since: from when it is said.
        until: before when.
    """

    template: Template
    at: datetime
    since: datetime
    until: datetime

    @property
    def parameters(self) -> dict[str, str]:
        """What the words of its mail name: a day (UTC). What has ended may have done so early."""
        if self.template is Template.SUBSCRIPTION_ENDED:
            return {}
        return {"at": f"{self.at:%Y-%m-%d}"}

    def mail_id(self, subscription_id: str) -> str:
        """Return the id of its mail, the same each time."""
        about = self.at.isoformat()
        return ids.digest("subscription-mail/v1", subscription_id, self.template, about)


def notices(subscription: Held) -> tuple[Notice, ...]:
    """Return all that there is to tell of a subscription as it is, now or later."""
    found = (_before_payment, _of_failure, _of_end)
    return tuple(notice for look in found for notice in look(subscription))


def due(subscription: Held, now: datetime) -> tuple[Notice, ...]:
    """Return what is to be told now, if it was not yet."""
    return tuple(notice for notice in notices(subscription) if notice.since <= now < notice.until)


def next_due(subscription: Held, now: datetime) -> datetime | None:
    """Return when there is something else to tell; None if nothing is in sight."""
    return min((n.since for n in notices(subscription) if n.since > now), default=None)


def _before_payment(subscription: Held) -> tuple[Notice, ...]:
    if subscription.ends_at is not None:
        return ()
    trial_end, period_end = subscription.trial_end, subscription.period_end
    if subscription.state is SubscriptionState.TRIALING and trial_end is not None:
        since = trial_end - BEFORE_TRIAL_ENDS
        return (Notice(Template.TRIAL_ENDING, trial_end, since, trial_end),)
    if subscription.state is SubscriptionState.ACTIVE and subscription.interval == Interval.YEAR:
        since = period_end - BEFORE_YEARLY_RENEWAL
        return (Notice(Template.RENEWAL_COMING, period_end, since, period_end),)
    return ()


def _of_failure(subscription: Held) -> tuple[Notice, ...]:
    end, since = grace_until(subscription), subscription.unpaid_since
    if end is None or since is None:
        return ()
    return (
        Notice(Template.PAYMENT_FAILED, end, since, end),
        Notice(Template.GRACE_ENDING, end, end - BEFORE_GRACE_ENDS, end),
    )


def _of_end(subscription: Held) -> tuple[Notice, ...]:
    """Return the notice that access has ended, or will unless something is paid.

    What ended for want of payment is told of once, whatever becomes of the subscription later.
    """
    if subscription.state in {SubscriptionState.INCOMPLETE, SubscriptionState.INCOMPLETE_EXPIRED}:
        return ()  # there was no access
    if subscription.unpaid_since is not None:
        end = subscription.unpaid_since + GRACE
        # Stripe may give up before the grace is over.
        since = end if access_until(subscription) is not None else subscription.unpaid_since
    elif subscription.ends_at is not None:
        end = since = subscription.ends_at
    else:
        return ()
    return (Notice(Template.SUBSCRIPTION_ENDED, end, since, end + AFTER_ACCESS_ENDED),)
