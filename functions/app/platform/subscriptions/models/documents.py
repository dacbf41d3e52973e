"""The documents of subscriptions."""

from app.kit.model import Document, Instant, Revised
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import SubscriptionState
from app.platform.subscriptions.models.plans import Family, Plan


class Membership(Revised):
    """`memberships/{id}`: what somebody pays for, or wanted to. What is true of it, Stripe says.

    A person has one for each family of plans; a new subscription after the last one ended is of
    the same membership.

    Attributes:
        uid: who pays.
        plan: what was chosen last, or is paid for.
        locale: the language in which the payer began it, for mails.
        checkout_session_id: Stripe's page that was opened last.
        subscription_id: the latest subscription, once there is one.
        subscribed_at: when that began.
        trial_used: whether there was ever a trial.
    """

    uid: str
    family: Family
    plan: Plan
    locale: Locale
    checkout_session_id: str
    subscription_id: str | None = None
    subscribed_at: Instant | None = None
    trial_used: bool = False
    created_at: Instant


class Held(Document):
    """A subscription of a person, by what decides on access.

    Attributes:
        seats: how many people it is for.
        unit_amount_cents: the price of one seat for one interval.
        interval: how often it is due, in Stripe's words.
        ends_at: when it ends, or ended; None while it goes on.
        unpaid_since: when the oldest invoice was made that is still not paid; None while it runs.
    """

    subscription_id: str
    membership_id: str
    family: Family
    plan: Plan
    seats: int
    unit_amount_cents: int
    interval: str
    state: SubscriptionState
    period_end: Instant
    trial_end: Instant | None
    ends_at: Instant | None
    unpaid_since: Instant | None
    created_at: Instant


class Entitlements(Revised):
    """`entitlements/{uid}`: what a person's subscriptions are, from which their rights follow.

    It says nothing that ends by the passing of time, so whoever reads it applies
    `policy.entitlements` to it and the time.

    Attributes:
        subscriptions: all that have not ended, and of each family the one that ended last.
        due_at: when there is something to tell the person.
    """

    subscriptions: tuple[Held, ...]
    due_at: Instant | None = None

    def says_the_same_as(self, other: "Entitlements") -> bool:
        """Whether both say the same of a person."""
        bookkeeping = {"revision", "write_id"}
        return self.model_dump(exclude=bookkeeping) == other.model_dump(exclude=bookkeeping)
