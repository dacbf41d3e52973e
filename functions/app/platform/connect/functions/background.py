"""What moves earnings by itself, and follows the accounts and payouts of payees."""

import functools

from app.kit import clock, ids, logs
from app.kit.errors import AbortedError, NotFoundError, UnavailableError
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import on_written, schedule
from app.platform.connect import settling, store
from app.platform.connect.models.documents import EarningState
from app.platform.connect.models.messages import SettleEarning
from app.platform.connect.policy import payees as policy
from app.platform.mail import mailing
from app.platform.payments import feeds
from app.platform.payments.models.documents import (
    PLATFORM,
    ConnectedAccount,
    Payment,
    Payout,
    PayoutState,
)
from app.platform.payments.store import truth
from app.platform.stripe.gateway import SECRETS

SWEEP_LIMIT = 200


@task_queue(secrets=SECRETS)
def connectSettleTask(request: SettleEarning) -> None:  # noqa: N802  # queue ids take no underscore
    """Bring an earning to where Stripe's truth wants it.

    Where a service is down the task is repeated; after any other failure the earning waits for
    staff, and is tried again hours later.
    """
    try:
        settling.settle(request.earning_id)
    except (AbortedError, UnavailableError):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the earning waits in sight
        logs.failure("An earning was put aside.", error, function="connectSettleTask")
        settling.park(request.earning_id)


@schedule("every 15 minutes")
def connect_release_earnings() -> None:
    """Queue the earnings to be looked at: released, in need of another try, or forgotten.

    One query, and a task for each earning that it finds.
    """
    for earning_id in store.due(clock.now(), SWEEP_LIMIT):
        _queue(earning_id)


@on_written("payments/{payment_id}")
def connect_on_payment_written(payment_id: str) -> None:
    """Look at the earnings that come out of a payment. One query, and a task for each."""
    _look_at_payment(payment_id)


@on_written("stripe_accounts/{account_id}")
def connect_on_account_written(account_id: str) -> None:
    """Let a payee be as their account at Stripe is; with it in order, look at what waits for it.

    Two reads and a commit, and for an account in order a query and a task for each that waits.
    """
    account = truth.accounts.get(account_id)
    if account is not None:
        _follow_account(account_id, account)


@on_written("stripe_payouts/{payout_id}")
def connect_on_payout_written(payout_id: str) -> None:
    """Tell a payee, once, that a payout to their bank failed; its money is theirs at Stripe.

    One read; for one that failed a query, a read and a commit.
    """
    payout = truth.payouts.get(payout_id)
    if payout is not None:
        _follow_payout(payout_id, payout)


@schedule("every 5 minutes")
def connect_sweep_mirrors() -> None:
    """Follow payments, accounts and payouts whose trigger was lost: the net.

    With nothing to do: three reads and three queries.
    """
    feeds.redeliver("connect_payments", Payment, lambda payment_id, _: _look_at_payment(payment_id))
    feeds.redeliver("connect_accounts", ConnectedAccount, _follow_account)
    feeds.redeliver("connect_payouts", Payout, _follow_payout)


def _look_at_payment(payment_id: str) -> None:
    for earning_id in store.of_payment(payment_id):
        _queue(earning_id)


def _follow_account(account_id: str, account: ConnectedAccount) -> None:
    if account.reference.kind != policy.REFERENCE_KIND:
        return
    payee_id = account.reference.id
    follow = functools.partial(
        policy.follow, account_id=account_id, account=account, at=clock.now()
    )
    try:
        payee = store.follow(payee_id, follow)
    except NotFoundError:
        return  # made by a call that ended before it kept it
    if payee.account_id == account_id and payee.transfers_active:
        for earning_id, earning in store.open_of(payee_id):
            if earning.state is EarningState.WAITING:
                _queue(earning_id)


def _follow_payout(payout_id: str, payout: Payout) -> None:
    if payout.account == PLATFORM or payout.state is not PayoutState.FAILED:
        return
    found = store.by_account(payout.account)
    mail_id = ids.digest("payout failed/v1", payout_id)
    if found is None or found.value is None or not store.unsent(mail_id):
        return
    payee = found.value
    at = f"{payout.arrives_at:%Y-%m-%d}"
    store.send(
        mailing.queued(
            mail_id,
            payee.uid,
            mailing.Template.PAYOUT_FAILED,
            payee.locale,
            clock.now(),
            parameters={"at": at},
        )
    )


def _queue(earning_id: str) -> None:
    enqueue("connectSettleTask", SettleEarning(earning_id=earning_id))
