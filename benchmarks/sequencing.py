"""P11: entries a second by the sequencer, against writers that run a transaction for each."""

import os
import sys
import threading
import time
from functools import partial
from itertools import batched, islice, pairwise
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore import Client, Transaction, transactional

from benchmarks.goals import Measurement, over_rounds
from benchmarks.servers import PROJECT, ROOT
from sandbox.kms.server import KmsStandIn
from sandbox.storage import StorageProxy
from sandbox.witness import WitnessStandIn
from tests.support.queue import TaskQueues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.recovery.ledger.models import QueueItem

BATCH = 500
LIMIT = 50.0
WRITERS = 8
HEAD_SECONDS = 1.0
"""The least time between two commits of the head: what Firestore sustains on one document."""
RATE = "entries/s"


def measure(kms: KmsStandIn, rounds: int, batches: int, seconds: float) -> list[Measurement]:
    """Return what the sequencer and the writers get done on the same emulator, in turns.

    The sequencer's time runs from a full queue until everything is in the ledger, swept, published
    and signed; the second that it waits between two batches is in it. A writer reads the head in
    a transaction and writes it with one entry more, by the same policy; queue and publication are
    spared it.

    Args:
        kms: what signs checkpoints.
        rounds: how often each is measured.
        batches: how many full batches the sequencer finds.
        seconds: how long the writers write.
    """
    queues = TaskQueues().start()
    storage = StorageProxy(os.environ["STORAGE_EMULATOR_HOST"]).start()
    witness = WitnessStandIn(kms.log_keys).start()
    os.environ.update(kms.environment() | storage.environment() | witness.environment())
    os.environ["CLOUD_TASKS_EMULATOR_HOST"] = queues.address
    os.environ |= {"FUNCTIONS_EMULATOR": "true", "GOOGLE_CLOUD_PROJECT": PROJECT}
    sys.path.insert(0, str(ROOT / "functions"))
    sequenced: list[float] = []
    eight: list[float] = []
    one: list[float] = []
    try:
        _written(WRITERS, seconds / 3)  # warms up
        _sequenced(BATCH)
        for _ in range(rounds):
            sequenced.append(_sequenced(BATCH * batches))
            eight.append(_written(WRITERS, seconds))
            one.append(_written(1, seconds))
    finally:
        queues.stop()
        storage.stop()
        witness.stop()
    against_eight = [s / w for s, w in zip(sequenced, eight, strict=True)]
    against_one = [s / w for s, w in zip(sequenced, one, strict=True)]
    sequencer = f"sequencer, {batches} batches of {BATCH}, published"
    return [
        over_rounds("P11", sequencer, sequenced, unit=RATE),
        over_rounds("P11", f"{WRITERS} writers on the head", eight, unit=RATE),
        over_rounds("P11", "one writer on the head", one, unit=RATE),
        over_rounds(
            "P11", f"sequencer / {WRITERS} writers", against_eight, limit=LIMIT, at_least=True
        ),
        over_rounds("P11", "sequencer / one writer", against_one),
        over_rounds(
            "P11",
            "shortest time between two batches",
            [_shortest_pause_seconds()],
            limit=HEAD_SECONDS,
            at_least=True,
            unit="s",
        ),
    ]


def _sequenced(entries: int) -> float:
    """Return how many of `entries` queued gifts the sequencer puts into the ledger in a second."""
    from app.kit import firestore  # noqa: PLC0415  # reads the environment
    from app.recovery.ledger import sequencer, store  # noqa: PLC0415  # as above
    from tests.support import ledgers  # noqa: PLC0415  # as above

    for some in batched(_gifts(entries), ledgers.WRITES, strict=False):
        writes = [store.queue.put(idem, item) for idem, item in some]
        firestore.retrying(partial(firestore.commit, *writes))
    before, started = store.size(), time.perf_counter()
    sequencer.sequence()
    elapsed = time.perf_counter() - started
    seen, done = store.position()
    head, progress = seen.value, done.value
    if head is None or progress is None or head.size != before + entries:
        raise RuntimeError("The sequencer left entries out.")
    if {progress.swept, progress.published} != {head.batches}:
        raise RuntimeError("The sequencer did not come to its end.")
    return entries / elapsed


def _written(writers: int, seconds: float) -> float:
    """Return how many entries `writers` commit in a second; 1 in all where there is none."""
    client = Client(project=PROJECT)
    ledger = client.collection(f"naive_{uuid4().hex}")
    ledger.document("head").set({})
    counts = [0] * writers
    started = time.perf_counter()

    def write(writer: int) -> None:
        while time.perf_counter() < started + seconds:
            ((idem, item),) = _gifts(1)
            try:
                _append(client.transaction(), ledger, idem, item)
            except (GoogleAPICallError, ValueError):
                continue  # others got in between, each time it was tried
            counts[writer] += 1

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(1, sum(counts)) / (time.perf_counter() - started)


@transactional
def _append(transaction: Transaction, ledger: Any, idem: str, item: "QueueItem") -> None:
    """Add one entry to a ledger: a collection with a document for each, and one for its head."""
    from app.recovery.ledger.models import Head  # noqa: PLC0415  # once the path is there
    from app.recovery.ledger.policy import batches  # noqa: PLC0415  # as above

    seen = ledger.document("head").get(transaction=transaction)
    plan, _ = batches.plan(Head.model_validate(seen.to_dict()), 0, {idem: item}, {})
    if plan is None:
        raise RuntimeError("A gift was not accepted.")
    for entry in batches.entries(plan.batch):
        place = ledger.document(str(entry.index))
        transaction.create(place, entry.model_dump(by_alias=True))
    transaction.set(seen.reference, plan.head.model_dump(by_alias=True))


def _gifts(number: int) -> "Iterator[tuple[str, QueueItem]]":
    """Yield queue items that nobody has queued yet."""
    from tests.unit.recovery.ledger.gifts import donation, idem  # noqa: PLC0415  # as above

    for name in islice(iter(lambda: uuid4().hex, ""), number):
        yield idem(name), donation(name, {"FOOD": 45_00}, fee=30)


def _shortest_pause_seconds() -> float:
    """Return the least time between the commits of two batches."""
    from app.recovery.ledger import store  # noqa: PLC0415  # reads the environment

    found = Client(project=PROJECT).collection(store.batches.name).stream()
    times: list[float] = sorted(batch.create_time.timestamp() for batch in found)
    return min(later - earlier for earlier, later in pairwise(times))
