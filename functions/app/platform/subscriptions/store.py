"""The only code that reads or writes the collections of subscriptions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.kit import firestore, ids
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Write
from app.platform.mail import mailing
from app.platform.payments.models.documents import Invoice, InvoiceState, Subscription
from app.platform.payments.store import truth
from app.platform.subscriptions.models.documents import Entitlements, Membership
from app.platform.subscriptions.models.plans import Family

memberships = Collection("memberships", Membership)
entitlements = Collection("entitlements", Entitlements)

KIND = "membership"
"""What payments call that which subscriptions here are for."""
MAX_UNPAID = 20

_OWED = (InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE)


@dataclass(frozen=True)
class Followed:
    """What a look at a subscription leads to.

    `mails` are writes that make documents, which the same look finds made when it is repeated.
    """

    entitlements: Entitlements
    membership: Membership
    mails: Sequence[Write]


def membership_id(uid: str, family: Family) -> str:
    """Return the id of a person's membership of a family, the one that there can be."""
    return ids.digest("membership/v1", uid, family)[:32]


def required(membership: Membership | None, uid: str) -> Membership:
    """Return a membership of `uid`.

    Raises:
        NotFoundError: there is none, or it is another person's.
    """
    if membership is None or membership.uid != uid:
        raise NotFoundError("There is no such membership.")
    return membership


def follow(
    subscription_id: str,
    membership: str,
    uid: str,
    decide: Callable[[Entitlements, Membership, Subscription], Followed],
) -> None:
    """Write what a subscription makes of its payer's documents, all or nothing.

    One batched read and one commit, none where nothing changes. All is seen together and written
    on condition that none of the payer's documents has changed since: of two that follow at once,
    the one that writes last has seen no less than the other.
    """

    def attempt() -> None:
        before, payer, mirror = firestore.read(
            entitlements.key(uid),
            memberships.key(membership),
            truth.subscriptions.key(subscription_id),
        )
        if payer.value is None or mirror.value is None:
            return
        found = decide(before.value or Entitlements(subscriptions=()), payer.value, mirror.value)
        writes = list(found.mails)
        if before.value is None or not before.value.says_the_same_as(found.entitlements):
            writes.append(entitlements.replace(before, found.entitlements))
        if found.membership != payer.value:
            writes.append(memberships.replace(payer, found.membership))
        if writes:
            firestore.commit(*writes)

    firestore.retrying(attempt)


def unqueued(mail_ids: Iterable[str]) -> list[str]:
    """Return those mails that there are not yet. One read, none for none."""
    keys = [mailing.key(mail_id) for mail_id in mail_ids]
    return [seen.id for seen in firestore.read(*keys) if seen.value is None] if keys else []


def unpaid(subscription_id: str) -> list[tuple[str, Invoice]]:
    """Return the invoices of a subscription that are owed, the oldest first. Two queries."""
    found = [
        (seen.id, seen.value)
        for state in _OWED
        for seen in truth.invoices.find(
            equal={"subscriptionId": subscription_id, "state": state}, limit=MAX_UNPAID
        )
        if seen.value is not None
    ]
    return sorted(found, key=lambda one: (one[1].created_at, one[0]))


def invoices_of(
    membership: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Invoice]], str | None]:
    """Return invoices of a membership with their ids, newest first, and the next cursor."""
    of = {"reference.kind": KIND, "reference.id": membership}
    return truth.invoices.newest(of=of, by="createdAt", limit=limit, cursor=cursor)


def due(before: datetime, limit: int) -> list[str]:
    """Return the subscriptions of people who are to be told something by now. One query."""
    found = entitlements.find(before={"dueAt": before}, order_by="dueAt", limit=limit)
    return [
        subscription.subscription_id
        for seen in found
        if seen.value is not None
        for subscription in seen.value.subscriptions
    ]
