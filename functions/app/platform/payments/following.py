"""What Stripe says now of each kind of object that payments follow."""

from collections.abc import Callable
from datetime import datetime

from app.kit.errors import NotFoundError
from app.platform.payments.gateway import looks
from app.platform.payments.models.documents import PLATFORM, Reference
from app.platform.payments.models.stripe import Finding, StripePayout
from app.platform.payments.policy import balance, payments, subscriptions, transfers
from app.platform.payments.policy.events import kind_of
from app.platform.payments.store import truth


def look(root_id: str, account: str, at: datetime) -> Finding | None:
    """Return what Stripe says of a root of an account; None for what is not ours or not decided.

    Raises:
        NotFoundError: Stripe knows no such object, or a part of it is not known here yet.
        UnavailableError: Stripe does not answer.
        ValueError: the object is none that we could have made.
    """
    return _LOOKS[kind_of(root_id)](root_id, account, at)


def _payment(root_id: str, _account: str, at: datetime) -> Finding | None:
    found = looks.payment(root_id)
    reference = Reference.of(found.metadata)
    return None if reference is None else payments.find(found, reference, at)


def _session(root_id: str, _account: str, at: datetime) -> Finding | None:
    session = looks.session(root_id)
    reference = Reference.of(session.metadata)
    return None if reference is None else payments.find_expired(session, reference, at)


def _subscription(root_id: str, _account: str, at: datetime) -> Finding | None:
    subscription = looks.subscription(root_id)
    reference = Reference.of(subscription.metadata)
    return None if reference is None else subscriptions.find(subscription, reference, at)


def _invoice(root_id: str, _account: str, at: datetime) -> Finding | None:
    return subscriptions.find_invoice(looks.invoice(root_id), at)


def _transfer(root_id: str, _account: str, at: datetime) -> Finding | None:
    transfer, reversals = looks.transfer(root_id)
    reference = Reference.of(transfer.metadata)
    return None if reference is None else transfers.find(transfer, reversals, reference, at)


def _connected_account(root_id: str, _account: str, at: datetime) -> Finding | None:
    connected = looks.connected_account(root_id)
    reference = Reference.of(connected.metadata)
    return None if reference is None else transfers.find_account(connected, reference, at)


def _payout(root_id: str, account: str, at: datetime) -> Finding | None:
    payout = looks.payout(root_id, account)
    return transfers.find_payout(payout, account, _shares(payout, account), at)


def _shares(payout: StripePayout, account: str) -> dict[str, int]:
    """Return how much of a payout each kind of thing had brought in; nothing if it is not ours.

    Stripe lists what an automatic payout is made of. One that somebody started by hand is made of
    nothing in particular, and the daily reconciliation asks staff about it.

    Raises:
        NotFoundError: a movement in it is not known yet.
    """
    if account != PLATFORM or not payout.automatic or payout.balance_transaction is None:
        return {}
    booked = looks.paid_out(payout.id)
    movement_ids = {transaction.id: balance.movement_id(transaction) for transaction in booked}
    known = truth.movements_at(filter(None, movement_ids.values()))
    kinds = {}
    for transaction_id, movement_id in movement_ids.items():
        movement = known.get(movement_id or "")
        if movement_id is not None and movement is None:
            raise NotFoundError("A movement in this payout is not known yet.")
        kinds[transaction_id] = movement.reference.kind if movement and movement.reference else ""
    return transfers.shares_of(booked, kinds)


_LOOKS: dict[str, Callable[[str, str, datetime], Finding | None]] = {
    "pi": _payment,
    "cs": _session,
    "sub": _subscription,
    "in": _invoice,
    "tr": _transfer,
    "po": _payout,
    "acct": _connected_account,
}
