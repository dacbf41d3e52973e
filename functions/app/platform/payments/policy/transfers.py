"""What Stripe says of transfers to connected accounts, of payouts to banks, and of accounts."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from app.platform.payments.models.documents import (
    PLATFORM,
    ConnectedAccount,
    Movement,
    MovementKind,
    Payout,
    PayoutState,
    Reference,
    Transfer,
)
from app.platform.payments.models.stripe import (
    BookedTransaction,
    Finding,
    StripeAccount,
    StripePayout,
    StripeReversal,
    StripeTransfer,
)
from app.platform.payments.policy.movements import currency_of, instant, movement

RETURNABLE = timedelta(days=14)
"""Within this long after its arrival a bank still returns a payout; Stripe says that it takes up to
five business days, and holidays lie between."""


def find(
    transfer: StripeTransfer,
    reversals: Iterable[StripeReversal],
    reference: Reference,
    at: datetime,
) -> Finding:
    """Return a transfer as it is, and what it and its reversals moved."""
    currency = currency_of(transfer.currency)
    mirror = Transfer(
        account=PLATFORM,
        reference=reference,
        destination=transfer.destination,
        amount_cents=transfer.amount,
        reversed_cents=transfer.amount_reversed,
        currency=currency,
        created_at=instant(transfer.created),
        updated_at=at,
    )

    def moved(kind: MovementKind, thing: StripeTransfer | StripeReversal, sign: int) -> Movement:
        return Movement(
            account=PLATFORM,
            object_id=thing.id,
            kind=kind,
            reference=reference,
            gross_cents=thing.amount,
            fee_cents=0,
            net_cents=sign * thing.amount,
            currency=currency,
            occurred_at=instant(thing.created),
            created_at=at,
        )

    back = (moved(MovementKind.TRANSFER_REVERSED, reversal, 1) for reversal in reversals)
    return Finding(transfer.id, mirror, (moved(MovementKind.TRANSFERRED, transfer, -1), *back))


def find_payout(
    payout: StripePayout, account: str, shares: Mapping[str, int], at: datetime
) -> Finding:
    """Return a payout as it is, and what it moved on the platform's balance.

    Args:
        payout: as Stripe tells it.
        account: whose it is; what connected accounts pay out is no money of ours.
        shares: the net that each kind of reference has in it, by `shares_of`.
        at: now.
    """
    currency = currency_of(payout.currency)
    mirror = Payout(
        account=account,
        state=PayoutState(payout.status),
        amount_cents=payout.amount,
        currency=currency,
        automatic=payout.automatic,
        arrives_at=instant(payout.arrival_date),
        created_at=instant(payout.created),
        failure=payout.failure_code,
        settled=payout.status in {"failed", "canceled"}
        or (payout.status == "paid" and instant(payout.arrival_date) + RETURNABLE < at),
        updated_at=at,
    )
    left, returned = payout.balance_transaction, payout.failure_balance_transaction
    movements: list[Movement] = []
    if account == PLATFORM and left is not None:
        parts = {"reference": None, "shares": dict(shares)}
        movements = [movement(MovementKind.PAID_OUT, payout.id, [left], currency, at, **parts)]
        if returned is not None:
            movements += [
                movement(
                    MovementKind.PAYOUT_FAILED,
                    payout.id,
                    [returned],
                    currency,
                    at,
                    phase="failed",
                    **parts,
                )
            ]
    return Finding(payout.id, mirror, tuple(movements))


def shares_of(
    transactions: Iterable[BookedTransaction], kinds: Mapping[str, str]
) -> dict[str, int]:
    """Return the net that each kind of reference has in what a payout paid out.

    Args:
        transactions: those that the payout is made of, itself left out.
        kinds: what kind of thing each of them moved money for, by its id; "" for none.
    """
    shares: dict[str, int] = {}
    for transaction in transactions:
        kind = kinds[transaction.id]
        shares[kind] = shares.get(kind, 0) + transaction.net
    return dict(sorted(shares.items()))


def find_account(account: StripeAccount, reference: Reference, at: datetime) -> Finding:
    """Return a connected account as it is."""
    requirements = account.requirements
    due = tuple(sorted(requirements.currently_due or ())) if requirements else ()
    active = bool(account.capabilities and account.capabilities.transfers == "active")
    mirror = ConnectedAccount(
        account=account.id,
        reference=reference,
        details_submitted=account.details_submitted,
        transfers_active=active,
        payouts_enabled=account.payouts_enabled,
        settled=active and account.payouts_enabled and not due,
        due=due,
        past_due=tuple(sorted(requirements.past_due or ())) if requirements else (),
        disabled=requirements.disabled_reason if requirements else None,
        updated_at=at,
    )
    return Finding(account.id, mirror)
