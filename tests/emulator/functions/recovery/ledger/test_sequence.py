"""The sequencer: from the queue into the ledger, in order, once, in balance."""

from collections import Counter
from datetime import timedelta

import pytest
from google.api_core.exceptions import ServiceUnavailable

from app.kit import clock, firestore
from app.recovery.ledger import sequencer, store
from app.recovery.ledger.models import Lease, State
from app.recovery.ledger.policy import batches
from app.recovery.ledger.publishing import Publisher
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.wire import COMMIT, QUERY, READ, counted, tapped
from tests.unit.recovery.ledger.audit import audit_settled
from tests.unit.recovery.ledger.gifts import donation, idem


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches; one test is about the pause."""
    monkeypatch.setattr(sequencer, "BATCH_INTERVAL", timedelta())


def take(backend, *movement_ids):
    for movement_id in movement_ids:
        backend.deliver("ledger_on_movement_created", movement_id)


def kinds():
    """Return the kinds of all entries in order, after an audit of the whole ledger."""
    head, all_batches, queue, entries = money.ledger()
    audit_settled(head, all_batches, queue, entries)
    return [entry.kind.value for entry in entries]


def test_a_gift_gets_its_place(backend):
    movement_id = money.give("g1")
    take(backend, movement_id)

    backend.run_tasks()

    item = money.queued(movement_id)
    assert (item.state, item.index) == (State.SEQUENCED, 0)
    assert kinds() == ["DONATION"]
    assert store.size() == 1


def test_a_refund_is_covered_where_its_fund_lacks_the_fee(backend):
    take(backend, money.give("g1"), money.give("flex", {"FLEX": 10_00}))
    backend.run_tasks()
    take(backend, money.give_back("g1", 45_00))

    backend.tick("ledger_sequence_every_minute")

    assert kinds() == ["DONATION", "DONATION", "COVER", "REFUND"]
    cover = store.entries.get("2")
    assert cover.postings == {"funds:FLEX:covers": "30", "funds:FOOD:covers": "-30"}
    assert cover.balances == {"FLEX": "940", "FOOD": "4500"}
    assert store.entries.get("3").balances == {"FOOD": "0"}


def test_a_refund_waits_for_its_gift(backend):
    gift, refund = money.give("g1"), money.give_back("g1", 5_00)
    take(backend, refund)
    backend.run_tasks()
    assert (money.queued(refund).state, store.size()) == (State.HELD, 0)

    take(backend, gift)
    backend.tick("ledger_sequence_every_minute")

    assert kinds() == ["DONATION", "REFUND"]
    assert money.queued(refund).index == 1


def test_an_unsound_item_is_rejected_and_stops_nobody(backend, admin):
    gift, bad = money.give("g1"), money.give("bad")
    admin.document(f"payment_movements/{bad}").update({"netCents": 1})
    take(backend, gift, bad)

    backend.run_tasks()

    rejected = money.queued(bad)
    assert (rejected.state, rejected.reason) == (State.REJECTED, "does not sum to zero")
    assert kinds() == ["DONATION"]


def test_more_than_a_batch_holds_takes_several(backend, monkeypatch):
    monkeypatch.setattr(batches, "MAX_ENTRIES", 3)
    monkeypatch.setattr(store, "MAX_WRITES", 4)
    take(backend, *(money.give(f"g{number}") for number in range(7)))

    backend.tick("ledger_sequence_every_minute")

    assert kinds() == ["DONATION"] * 7
    head, all_batches, _, _ = money.ledger()
    assert [len(batch.entries) for batch in all_batches] == [3, 3, 1]
    assert head.batches == 3


def test_a_full_batch_is_written_and_swept(backend):
    queue = {idem(str(n)): donation(str(n), {"FOOD": 100}) for n in range(batches.MAX_ENTRIES)}
    firestore.commit(*(store.queue.create(key, item) for key, item in queue.items()))

    with counted() as calls:
        backend.tick("ledger_sequence_every_minute")

    assert len(kinds()) == batches.MAX_ENTRIES
    head, _, _, _ = money.ledger()
    assert head.batches == 1
    # The lease, the batch, its results, entries and progress in three parts, what is published,
    # the lease again.
    assert calls[COMMIT] == 7


def test_the_calls_of_one_gift(backend):
    take(backend, money.give("g1"))

    with counted() as calls:
        backend.run_tasks()

    assert calls == Counter({READ: 9, QUERY: 5, COMMIT: 5})


def test_held_items_never_take_the_place_of_all_others(backend, monkeypatch):
    monkeypatch.setattr(store, "MAX_HELD", 2)
    gifts = {money.give_back(f"g{n}", 1_00): money.give(f"g{n}") for n in range(6)}
    take(backend, *gifts)
    backend.tick("ledger_sequence_every_minute")
    assert {money.queued(back).state for back in gifts} == {State.HELD}

    # Queries come in the order of idems, so the first four stand before those that can go on.
    last_two = sorted(gifts, key=money.idem)[-2:]
    take(backend, *(gifts[back] for back in last_two))
    for _ in range(100):
        backend.tick("ledger_sequence_every_minute")
        if store.size() == 4:
            break

    assert kinds() == ["DONATION", "DONATION", "REFUND", "REFUND"]


@pytest.mark.parametrize(
    ("left", "size"),
    [
        pytest.param(timedelta(minutes=1), 0, id="held by another run"),
        pytest.param(timedelta(seconds=-1), 1, id="left by a run that died"),
    ],
)
def test_one_run_works_at_a_time(backend, left, size):
    lease = Lease(owner="other", epoch=7, expires_at=clock.now() + left)
    firestore.commit(store.leases.create(store.MAIN, lease))
    take(backend, money.give("g1"))

    backend.run_tasks()

    assert store.size() == size
    after = store.leases.get(store.MAIN)
    assert (after.epoch, after.owner) == ((8, "") if size else (7, "other"))


def test_a_run_past_its_lease_leaves_the_ledger_to_its_successor(backend):
    take(backend, money.give("g1"))
    backend.run_tasks()
    (seen,) = firestore.read(store.heads.key(store.MAIN))
    firestore.commit(store.heads.replace(seen, seen.value.model_copy(update={"epoch": 99})))
    take(backend, money.give("g2"))

    assert sequencer._step(98, Publisher()) is False  # noqa: SLF001  # the step of the stale run alone
    assert store.size() == 1


def test_an_item_queued_while_a_run_ends_is_not_left_behind(backend):
    take(backend, money.give("g1"))
    looks = []

    def queue_after_the_last_look(method, send):
        answer = send()
        if method == QUERY and money.queued("pi_g1").state is State.SEQUENCED:
            looks.append(method)  # at held items, then at pending ones
            if len(looks) == 2:
                take(backend, money.give("g2"))
        return answer

    with tapped(queue_after_the_last_look):
        sequencer.sequence()  # without the task that the late item queues

    assert kinds() == ["DONATION", "DONATION"]


@pytest.mark.parametrize("lost", range(4))
def test_a_commit_whose_answer_is_lost_is_found_out(backend, lost):
    take(backend, money.give("g1"), money.give("g2"))
    commits = []

    def lose_one(method, send):
        answer = send()
        if method == COMMIT:
            commits.append(method)
            if len(commits) == lost + 1:
                raise ServiceUnavailable("answer lost")
        return answer

    with tapped(lose_one):
        backend.run_tasks()

    assert len(commits) > lost
    assert kinds() == ["DONATION", "DONATION"]


def test_batches_are_a_second_apart(backend, monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH_INTERVAL", timedelta(seconds=1))
    monkeypatch.setattr(batches, "MAX_ENTRIES", 1)
    take(backend, money.give("g1"), money.give("g2"))

    backend.run_tasks()

    times = [
        store.firestore.read(store.batches.key(store.batch_id(number)))[0].seen_at
        for number in range(2)
    ]
    assert times[1] - times[0] >= timedelta(seconds=0.99)


def test_the_task_of_a_second_waits_until_no_more_items_can_name_it(backend, monkeypatch):
    slept = []
    monkeypatch.setattr(sequencer.time, "sleep", slept.append)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    second = int(now.timestamp())
    backend.task("ledgerSequenceTask", {"second": second})
    backend.task("ledgerSequenceTask", {"second": second - 5})
    backend.task("ledgerSequenceTask", {"second": second + 5})

    assert slept[0] == pytest.approx(1 - now.microsecond / 1e6)
    assert slept[1:] == [0, 1]
