"""From money that moved to a numbered receipt: what starts it, what numbers, and the net."""

import time
from datetime import datetime, timedelta

from app.kit import clock
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import on_created, schedule
from app.platform.payments import feeds
from app.platform.payments.models.documents import Movement
from app.recovery import charity
from app.recovery.receipts import store
from app.recovery.receipts.models.messages import NumberReceipts
from app.recovery.receipts.models.receipts import Notice, Receipt
from app.recovery.receipts.models.statements import Statement
from app.recovery.receipts.policy import mails, statements
from app.recovery.receipts.policy import receipts as policy

RUN = timedelta(seconds=40)
"""A run leaves what is left to a next one after this long, well before the platform ends it."""

_WORKER = "receiptsNumberTask"


@on_created("payment_movements/{movementId}")
def receipts_on_movement_created(movement_id: str) -> None:
    """Make out the receipt of a gift, or correct it, as all movements of its payment say.

    Three reads, one query, one commit and the task that gives it a number; for a movement that is
    no gift the first read alone.
    """
    movement = store.movement(movement_id)
    if movement is not None and _follow_movement(movement):
        _wake()


@task_queue(max_concurrent=1)
def receiptsNumberTask(request: NumberReceipts) -> None:  # noqa: N802  # queue ids take no underscore
    """Number what waits.

    Its name stands for a second and queues one task only, so it waits until that second is over:
    then it finds whatever that second made out. One query more than there are batches; for each
    batch a read and a commit.
    """
    wait = datetime.fromtimestamp(request.second + 1, clock.now().tzinfo) - clock.now()
    time.sleep(min(1.0, max(0.0, wait.total_seconds())))
    _number()


@schedule("every 5 minutes")
def receipts_sweep_movements() -> None:
    """Follow movements whose trigger was lost, and number what no task numbered: the net.

    With nothing to do: one read and two queries.
    """
    feeds.redeliver("receipts", Movement, lambda _, movement: _follow_movement(movement))
    _number()


def _follow_movement(movement: Movement) -> bool:
    """Bring the receipt that a movement is part of up to date; return whether it needs a number."""
    payment_id = policy.payment_of(movement)
    return payment_id is not None and _follow(payment_id)


def _follow(payment_id: str) -> bool:
    """Bring the receipt of a payment up to date; return whether it waits for its number."""
    now = clock.now()

    def decide(before: Receipt | None) -> Receipt | None:
        moved = store.movements_of(payment_id)
        capture = policy.captured(moved)
        donation_id = None if capture is None else policy.gift_of(capture)
        if capture is None or donation_id is None:
            return None
        gone_back = policy.reversals(moved)
        if before is None:
            return policy.waiting(capture, donation_id, store.donor(donation_id), gone_back)
        return policy.followed(before, gone_back, charity.issuer(), now)

    return store.follow(policy.receipt_id(payment_id), now, decide, _telling(now))


def _telling(now: datetime) -> store.Tell:
    def tell(
        receipt_id: str, receipt: Receipt, before: Statement | None
    ) -> tuple[Statement, Notice]:
        return statements.touched(before, receipt, now), mails.of_receipt(receipt_id, receipt)

    return tell


def _number() -> None:
    """Number until nothing waits or time is up."""
    end = clock.now() + RUN
    while clock.now() < end:
        now, issuer = clock.now(), charity.issuer()

        def issue(
            receipt: Receipt, place: int, issuer: charity.Issuer = issuer, now: datetime = now
        ) -> Receipt:
            return policy.numbered(receipt, place, issuer, now)

        if store.number_waiting(now, issue, _telling(now)) < store.BATCH:
            return
    _wake()


def _wake() -> None:
    second = int(clock.now().timestamp())
    enqueue(_WORKER, NumberReceipts(second=second), name=f"receipts-{second}")
