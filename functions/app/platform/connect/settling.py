"""Bringing one earning to where Stripe's truth wants it."""

import functools
from datetime import datetime
from typing import TYPE_CHECKING

from app.kit import clock, ids
from app.kit.errors import AbortedError
from app.platform.connect import gateway, store
from app.platform.connect.models.documents import Earning, Payee, Problem
from app.platform.connect.policy import earnings as policy
from app.platform.connect.policy.sight import Sight
from app.platform.mail import mailing

if TYPE_CHECKING:
    from app.kit.firestore import Snapshot, Write

MAX_STEPS = 8
"""More than an earning ever takes, unless others keep changing it."""


def settle(earning_id: str) -> None:
    """Look at an earning, and tell Stripe what is missing, until nothing is.

    To transfer takes three reads, two commits, and a call to Stripe for its payment and one to
    transfer.

    Raises:
        AbortedError: others kept changing it.
        UnavailableError: a service does not answer.
    """
    for _ in range(MAX_STEPS):
        seen = store.seen(earning_id)
        if seen.value is None:
            return
        more = _answered(seen, seen.value) if seen.value.command else _moved(seen, seen.value)
        if not more:
            return
    raise AbortedError("Somebody else is changing this. Try again.")


def park(earning_id: str) -> None:
    """Put an earning aside that something unforeseen is wrong with, in sight of staff."""
    store.change(earning_id, lambda earning: policy.waiting(earning, Problem.ERROR, clock.now()))


def _answered(seen: "Snapshot[Earning]", earning: Earning) -> bool:
    """Look up a command whose answer was lost; return whether there is more to be done now."""
    command, at = earning.command, clock.now()
    if command is None or at < command.at + policy.ANSWERED_WITHIN:
        return False  # who wrote it is telling Stripe
    made = gateway.found(command, policy.reference(seen.id))
    after = policy.unanswered(earning, at)
    if made is not None:
        after = policy.concluded(earning, *made, at)
    store.save(seen, after)
    return True


def _moved(seen: "Snapshot[Earning]", earning: Earning) -> bool:
    """Decide and carry out what is next; return whether there is more to be done now."""
    at = clock.now()
    payee = store.payees.get(earning.payee_id)
    source = None
    if earning.payment_intent_id is not None and not earning.canceled:
        source = gateway.source(earning.payment_intent_id)
    sight = Sight(source, gateway.transfers(earning.transfers))
    after = policy.decided(earning, sight, payee, at)
    if after == earning:
        return False
    told = earning.problem is not Problem.PAYEE and after.problem is Problem.PAYEE
    if not store.save(seen, after, *(_telling(earning, payee, at) if told else ())):
        return True
    return after.command is not None and _carried_out(seen.id, after)


def _carried_out(earning_id: str, earning: Earning) -> bool:
    """Tell Stripe a command that was just written; return whether there is more to be done now."""
    command = earning.command
    if command is None or clock.now() > command.at + policy.SENT_WITHIN:
        return False  # this process was asleep; others may have looked it up by now
    reference, key = policy.reference(earning_id), policy.key(earning_id, command)
    try:
        made_id = gateway.tell(command, reference, idempotency_key=key)
    except gateway.RefusedError as refusal:
        change = functools.partial(policy.refused, problem=refusal.problem, at=clock.now())
    else:
        change = functools.partial(
            policy.concluded, made_id=made_id, amount_cents=command.amount_cents, at=clock.now()
        )

    def answered(now: Earning) -> Earning:
        same = now.command is not None and now.command.number == command.number
        return change(now) if same else now

    after = store.change(earning_id, answered)
    return after.look_at is not None and after.look_at <= clock.now()


def _telling(earning: Earning, payee: Payee | None, at: datetime) -> "tuple[Write, ...]":
    """Return the mail to who cannot be paid, once a week at most."""
    year, week, _ = at.isocalendar()
    mail_id = ids.digest("earnings wait/v1", earning.payee_id, f"{year}-{week}")
    if not store.unsent(mail_id):
        return ()
    locale = payee.locale if payee else mailing.Locale.EN
    return mailing.queued(mail_id, earning.uid, mailing.Template.EARNINGS_WAIT, locale, at)
