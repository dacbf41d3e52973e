"""Payments for people, the interface of this domain to the one that decides and makes them.

What is told here is queued; the sequencer then sets money aside, or refuses to. Everything may be
told again, and in any order: it is entered once, and a payment that cleared waits for its pending.
"""

import secrets
from datetime import date

from app.kit import clock
from app.recovery.ledger import queueing
from app.recovery.ledger.models import QueueItem, State
from app.recovery.ledger.models.aid import Payment, Phase, Transfer
from app.recovery.ledger.policy import aid as policy
from app.recovery.ledger.policy import intake, periods
from app.recovery.ledger.store import aid as payments
from app.recovery.ledger.store import append, queued

__all__ = ["Payment", "Phase", "State", "Transfer", "state_of", "tell", "transfer"]


def tell(payment: Payment, phase: Phase, day: date) -> None:
    """Queue what happened to a payment, once. One commit and a task.

    Of a payment that cleared two reads and a commit come before: it is told in public one day,
    and keeps what opens its commitment, sealed for the person.

    Args:
        payment: the same in each of its phases; the ledger refuses a resolution of another amount.
        phase: what happened. A payment is cleared or void, whichever is entered first.
        day: when it happened, in UTC.
    """
    item = policy.item(payment, phase, day.isoformat(), clock.now())
    idem = policy.idem(payment.id, phase)
    if phase is Phase.CLEARED:
        _append_cleared(idem, item, payment, day.isoformat())
    else:
        append(idem, item, None)
    queueing.wake()


def transfer(transfer: Transfer, day: date) -> None:
    """Queue that staff move money between funds, once. One commit and a task.

    Its entry is public, with its day and amount; OPERATIONS has no part in it.
    """
    item = policy.transfer_item(transfer, day.isoformat(), clock.now())
    append(policy.idem(transfer.id, "transfer"), item, None)
    queueing.wake()


def state_of(own_id: str, phase: Phase | None = None) -> tuple[State, str | None] | None:
    """Return what became of a payment in a phase, or of a transfer, with the reason if refused.

    None where it was never told. One read. A refusal is final: the fund lacked the money then,
    and a new payment has to ask for it again.
    """
    idem = policy.idem(own_id, phase or "transfer")
    item = queued([idem]).get(idem)
    return None if item is None else (item.state, item.reason)


def _append_cleared(idem: str, item: QueueItem, payment: Payment, day: str) -> None:
    if queued([idem]):
        return
    quarter = periods.quarter_of(periods.month_of(day))
    vendor_id = payment.vendor_id
    vendor = vendor_id and policy.pseudonym(payments.vendor_key(quarter), vendor_id)
    record, salt = policy.private_record(payment, day), secrets.token_bytes(queueing.SALT_BYTES)
    cleared = policy.cleared(payment, day, vendor, intake.commitment(salt, record), item.created_at)
    private, trail = queueing.kept_private(payment.uid, idem, record, salt, item.created_at)
    payments.append(idem, item, cleared, private, *trail)
