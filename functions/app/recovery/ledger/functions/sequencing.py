"""Movements of money into the queue, and the queue into the ledger."""

from datetime import datetime

from app.kit import clock
from app.kit.tasks import task_queue
from app.kit.triggers import on_created, schedule
from app.recovery.ledger import queueing, sequencer, store
from app.recovery.ledger.models import SequenceLedger
from app.recovery.ledger.policy import intake


@on_created("payment_movements/{movementId}")
def ledger_on_movement_created(movement_id: str) -> None:
    """Queue a movement of money for the ledger, once, and wake the sequencer.

    Two reads, one commit, one task; for a repeated delivery the commit is left out, for a
    movement that the ledger does not take all but the first read.
    """
    movement = store.movement(movement_id)
    if intake.takes(movement):
        queueing.queue(movement)
        queueing.wake()


@task_queue(max_concurrent=1)
def ledgerSequenceTask(request: SequenceLedger) -> None:  # noqa: N802  # queue ids take no underscore
    """Sequence what is queued.

    Its name stands for a second and queues one task only, so it waits until that second is over:
    then it finds what any insert of that second queued. For one entry: nine reads, five queries
    and five commits, four calls to Storage, one to KMS and one to each witness; 500 entries take
    two commits more.
    """
    sequencer.wait_until(datetime.fromtimestamp(request.second + 1, clock.now().tzinfo))
    sequencer.sequence()


@schedule("every 1 minutes")
def ledger_sequence_every_minute() -> None:
    """Sequence what is queued, and queue movements whose trigger was lost: the net.

    With nothing to do: four reads, four queries and two commits.
    """
    sequencer.sequence()
    if queueing.redeliver():
        queueing.wake()
