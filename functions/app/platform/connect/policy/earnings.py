"""The states of an earning: what moves it follows from Stripe's truth alone.

Every look computes anew what should be the payee's and what is, and the difference is what Stripe
is told next. A command is written down before it is sent, under the condition that the earning is
as it was seen, and only who wrote it sends it: two at once send one. Where its answer is lost it
is looked up at Stripe before anything else is told, and where it is not there it is sent under
the same idempotency key.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from app.kit import ids
from app.kit.errors import FailedPreconditionError
from app.kit.money import Currency
from app.platform.connect.models.documents import (
    Command,
    CommandKind,
    Earning,
    EarningState,
    Hold,
    Payee,
    PayeeKind,
    Problem,
)
from app.platform.connect.models.stripe import MadeTransfer
from app.platform.connect.policy import payees, pricing
from app.platform.connect.policy.sight import Sight, target
from app.platform.payments.models.documents import Reference

REFERENCE_KIND = "transfer"
RELEASED_AFTER = timedelta(hours=48)
"""After the thing that was paid for is completed."""
SENT_WITHIN = timedelta(minutes=1)
"""After a command was written down; later it is not sent any more."""
ANSWERED_WITHIN = timedelta(minutes=10)
"""After this long a command without an answer is looked up at Stripe."""
FIRST_WATCH = timedelta(days=1)
WATCHED = timedelta(days=180)
"""How long what was transferred is looked at again, by itself, for refunds and disputes that
nobody reported: after a day, then each time at twice its age."""

_RETRIED_AFTER = {
    Problem.BALANCE: timedelta(minutes=15),
    Problem.PAYEE: timedelta(hours=6),
    Problem.PAYMENT: timedelta(hours=6),
    Problem.REVERSAL: timedelta(hours=6),
    Problem.ERROR: timedelta(hours=6),
}
_HOLDABLE = frozenset({EarningState.ACCRUED, EarningState.WAITING})
_CLOSED = frozenset({EarningState.TRANSFERRED, EarningState.REVERSED, EarningState.CANCELED})


def earning_id(reference: Reference) -> str:
    """Return the id of the one earning for a thing."""
    return ids.digest("earning/v1", reference.kind, reference.id)


def reference(of: str) -> Reference:
    """Return what a transfer at Stripe is for."""
    return Reference(kind=REFERENCE_KIND, id=of)


def key(of: str, command: Command) -> str:
    """Return the idempotency key of a command."""
    return ids.digest("earning command/v1", of, str(command.number))


def earned(  # noqa: PLR0913  # what an earning is
    reference: Reference,
    uid: str,
    kind: PayeeKind,
    charge: pricing.Charge,
    payment_intent_id: str | None,
    *,
    at: datetime,
    release_at: datetime,
) -> Earning:
    """Return what somebody has earned just now."""
    return Earning(
        uid=uid,
        payee_id=payees.payee_id(uid, kind),
        reference=reference,
        payment_intent_id=payment_intent_id,
        price_cents=charge.price_cents,
        fee_cents=charge.fee_cents,
        currency=Currency.USD,
        earned_at=at,
        release_at=release_at,
        target_cents=charge.price_cents,
        look_at=release_at,
        updated_at=at,
    )


def canceled(earning: Earning, at: datetime) -> Earning:
    """Return an earning that the product takes back; what was transferred is reversed."""
    return _changed(earning, at, canceled=True, look_at=at)


def held(earning: Earning, hold: Hold) -> Earning:
    """Return an earning that staff keep back.

    Raises:
        FailedPreconditionError: it is held already, is moving, or nothing of it is to move.
    """
    if earning.hold is not None or earning.state not in _HOLDABLE:
        raise FailedPreconditionError("Only what is owed and not moving can be held.")
    return _changed(earning, hold.at, EarningState.HELD, hold=hold, look_at=None)


def let_go(earning: Earning, at: datetime) -> Earning:
    """Return an earning that staff no longer keep back.

    Raises:
        FailedPreconditionError: it is not held.
    """
    if earning.hold is None:
        raise FailedPreconditionError("This earning is not held.")
    state = EarningState.ACCRUED if earning.state is EarningState.HELD else earning.state
    return _changed(earning, at, state, hold=None, look_at=at)


def decided(earning: Earning, sight: Sight, payee: Payee | None, at: datetime) -> Earning:
    """Return an earning as it should be, given what Stripe says; with the command to be sent.

    Args:
        earning: has no command.
        sight: what Stripe says.
        payee: whose it is; None for who has no account.
        at: now.
    """
    net_cents = sight.net_cents
    target_cents, problem = target(earning, sight.source)
    seen = _changed(earning, at, target_cents=target_cents, transferred_cents=net_cents)
    if net_cents > target_cents:
        return _commanded(seen, _reversal(seen, sight.transfers, at), at)
    if problem is not None and net_cents == 0:
        return waiting(seen, problem, at)
    if net_cents == target_cents:
        return _rested(seen, at, unsettled=sight.source is not None and sight.source.unsettled)
    if earning.hold is not None:
        return _changed(seen, at, EarningState.HELD, look_at=None)
    if at < earning.release_at:
        return _changed(seen, at, EarningState.ACCRUED, look_at=earning.release_at)
    return _released(seen, sight, payee, at)


def concluded(earning: Earning, made_id: str, amount_cents: int, at: datetime) -> Earning:
    """Return an earning whose command was carried out."""
    command = earning.command
    if command is None:
        return earning
    into = command.kind is CommandKind.TRANSFER
    after = _changed(
        earning,
        at,
        transferred_cents=max(
            0, earning.transferred_cents + (amount_cents if into else -amount_cents)
        ),
        transfers=(*earning.transfers, made_id) if into else earning.transfers,
        command=None,
        commands=command.number,
        look_at=at,
    )
    return _rested(after, at) if after.transferred_cents == after.target_cents else after


def refused(earning: Earning, problem: Problem, at: datetime) -> Earning:
    """Return an earning whose command Stripe did not carry out, and never will."""
    command = earning.command
    if command is None:
        return earning
    after = _changed(earning, at, command=None, commands=command.number)
    return waiting(after, problem, at)


def unanswered(earning: Earning, at: datetime) -> Earning:
    """Return an earning whose command is not to be found at Stripe; its number is used again."""
    return _changed(earning, at, command=None, look_at=at)


def waiting(earning: Earning, problem: Problem, at: datetime) -> Earning:
    """Return an earning that something is in the way of, to be tried again."""
    state = EarningState.WAITING if earning.command is None else earning.state
    look_at = at + _RETRIED_AFTER[problem]
    return _changed(earning, at, state, problem=problem, look_at=look_at)


def _released(earning: Earning, sight: Sight, payee: Payee | None, at: datetime) -> Earning:
    """Return an earning whose time has come, with the command that transfers what is missing."""
    if payee is None or not payee.transfers_active:
        return waiting(earning, Problem.PAYEE, at)
    command = Command(
        number=earning.commands + 1,
        kind=CommandKind.TRANSFER,
        amount_cents=earning.target_cents - earning.transferred_cents,
        currency=earning.currency,
        destination=payee.account_id,
        source=sight.source and sight.source.charge_id,
        at=at,
    )
    return _commanded(earning, command, at)


def _reversal(earning: Earning, transfers: Iterable[MadeTransfer], at: datetime) -> Command:
    """Return the command that takes back what is too much, or as much of it as one can."""
    latest = [made for made in transfers if made.amount > made.amount_reversed][-1]
    excess_cents = earning.transferred_cents - earning.target_cents
    return Command(
        number=earning.commands + 1,
        kind=CommandKind.REVERSE,
        amount_cents=min(excess_cents, latest.amount - latest.amount_reversed),
        currency=earning.currency,
        transfer_id=latest.id,
        at=at,
    )


def _commanded(earning: Earning, command: Command, at: datetime) -> Earning:
    look_at = at + ANSWERED_WITHIN
    return _changed(earning, at, EarningState.TRANSFERRING, command=command, look_at=look_at)


def _rested(earning: Earning, at: datetime, *, unsettled: bool = False) -> Earning:
    """Return an earning of which the payee has what they should have."""
    if earning.transferred_cents:
        state = EarningState.TRANSFERRED
    else:
        state = EarningState.REVERSED if earning.transfers else EarningState.CANCELED
    age = at - earning.earned_at
    look_at = at + (FIRST_WATCH if unsettled else max(FIRST_WATCH, age))
    if earning.canceled or earning.payment_intent_id is None or age > WATCHED:
        return _changed(earning, at, state, look_at=None)
    planned = earning.look_at
    if earning.state is state and planned is not None and at < planned < look_at:
        look_at = planned
    return _changed(earning, at, state, look_at=look_at)


def _changed(
    earning: Earning, at: datetime, state: EarningState | None = None, **update: Any
) -> Earning:
    """Return an earning with these changes, in a state without a problem unless it names one."""
    if state is not None:
        update = {"state": state, "open": state not in _CLOSED, "problem": None} | update
    after = earning.model_copy(update=update)
    return earning if after == earning else after.model_copy(update={"updated_at": at})
