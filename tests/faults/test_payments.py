"""Gifts under faults: whatever is repeated, reordered, lost or killed, money counts once."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.kit.firestore import OutcomeUnknownError
from app.platform.payments.gateway import looks
from app.platform.payments.models.documents import Movement, Payment
from app.platform.payments.store import events, truth
from tests.support.errors import CallError
from tests.support.giving import WORKER, Giving

STORIES = 40 if os.environ.get("NIGHTLY") else 4


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def giving(backend, stripe):
    """A donor, Stripe and the platform."""
    return Giving(backend, stripe)


def run_with_retries(giving: Giving, event_id: str) -> None:
    """Run a task as the queue does: again after each failure."""
    for attempt in range(60):
        try:
            return giving.backend.task(WORKER, {"eventId": event_id})
        except CallError as error:
            if error.status != "ABORTED":  # another worker holds the lease
                raise
            time.sleep(0.02 * (attempt + 1))
    raise AssertionError("never done")


def movements(admin) -> dict[str, Movement]:
    return {
        document.id: Movement.model_validate(document.to_dict())
        for document in admin.collection("payment_movements").stream()
    }


def assert_truth(giving: Giving, admin, donation_id: str, intent_id: str) -> None:
    """Check what is stored against what Stripe says."""
    refunds = giving.api("GET", f"/v1/refunds?limit=100&payment_intent={intent_id}")["data"]
    refunded = sum(refund["amount"] for refund in refunds)
    payment = Payment.model_validate(admin.document(f"payments/{intent_id}").get().to_dict())
    expected = "partially_refunded" if refunded else "succeeded"

    assert (payment.state, payment.captured_cents) == (expected, 25_000)
    assert payment.refunded_cents == refunded
    assert admin.document(f"donations/{donation_id}").get().to_dict()["state"] == expected
    moved = movements(admin)
    assert moved.keys() == {intent_id, *(refund["id"] for refund in refunds)}
    assert moved[intent_id].gross_cents == 25_000
    assert sum(m.gross_cents for m in moved.values() if m.kind == "refunded") == refunded
    unhandled = [
        event.id
        for event in admin.collection("payment_events").stream()
        if event.to_dict()["handledAt"] is None
    ]
    assert unhandled == []


def test_three_deliveries_at_once_and_out_of_order_count_once(giving, admin):
    donation_id, intent_id = giving.give()
    deliveries = giving.events() * 3
    random.Random(7).shuffle(deliveries)  # noqa: S311  # repeatable, not secret

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda event: giving.deliver(event).status_code, deliveries))
        tasks = [task.data["eventId"] for task in giving.backend.queues.take()]
        list(pool.map(lambda event_id: run_with_retries(giving, event_id), tasks))
    giving.tell()

    assert set(statuses) == {200}
    assert_truth(giving, admin, donation_id, intent_id)


@pytest.mark.parametrize("seed", range(STORIES))
def test_any_order_multiset_and_interleaving_ends_in_the_same_state(giving, stripe, admin, seed):
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    stripe.inject({"kind": "webhook_twin", "times": 3})
    donation_id, intent_id = giving.give()
    waiting = giving.events()
    for cents in (100, 100, 250):
        for event in chance.sample(waiting, chance.randint(0, len(waiting))):
            giving.deliver(event)
        for task in giving.backend.queues.take():
            if chance.random() < 0.7:  # else the task is lost
                run_with_retries(giving, task.data["eventId"])
        giving.refund(intent_id, cents)
        waiting = giving.events()
    last = giving.events()
    chance.shuffle(last)
    for event in last + chance.choices(last, k=3):
        giving.deliver(event)
        if chance.random() < 0.5:
            giving.backend.run_tasks()
    giving.backend.run_tasks()
    giving.tell()

    assert_truth(giving, admin, donation_id, intent_id)


def test_a_worker_killed_between_commit_and_acknowledgement(giving, admin, monkeypatch):
    donation_id, intent_id = giving.give()
    event = giving.events("charge.updated")[0]
    giving.deliver(event)
    (task,) = giving.backend.queues.take()
    real = truth.commit

    def commit_and_die(*writes):
        real(*writes)
        if len(writes) > 1:  # not the taking of the lease
            raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(truth, "commit", commit_and_die)
        with pytest.raises(Killed):
            giving.backend.task(task.function, task.data)
    assert movements(admin).keys() == {intent_id}
    giving.backend.task(task.function, task.data)
    giving.deliver_all()

    assert_truth(giving, admin, donation_id, intent_id)


def test_a_worker_killed_before_its_commit_is_replaced_when_its_lease_ends(
    giving, admin, monkeypatch, set_clock
):
    donation_id, intent_id = giving.give()
    giving.deliver(giving.events("charge.updated")[0])
    (task,) = giving.backend.queues.take()

    def die(*_):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(looks, "payment", die)
        with pytest.raises(Killed):
            giving.backend.task(task.function, task.data)
    with pytest.raises(CallError) as refusal:
        giving.backend.task(task.function, task.data)
    assert refusal.value.status == "ABORTED"
    assert movements(admin) == {}

    set_clock(datetime.now(UTC) + timedelta(seconds=61))
    giving.backend.task(task.function, task.data)
    giving.deliver_all()
    assert_truth(giving, admin, donation_id, intent_id)


@pytest.mark.parametrize("lost", ["the lease", "the result"])
def test_lost_answers_to_commits_count_once(giving, admin, monkeypatch, lost):
    donation_id, intent_id = giving.give()
    giving.deliver(giving.events("charge.updated")[0])
    (task,) = giving.backend.queues.take()
    real, losses = truth.commit, []

    def commit_and_lose(*writes):
        real(*writes)
        if (len(writes) > 1) == (lost == "the result") and not losses:
            losses.append(writes)
            raise OutcomeUnknownError

    with monkeypatch.context() as losing:
        losing.setattr(truth, "commit", commit_and_lose)
        giving.backend.task(task.function, task.data)

    assert losses
    giving.deliver_all()
    assert_truth(giving, admin, donation_id, intent_id)


def test_a_worker_that_lost_its_lease_cannot_write_what_is_stale(
    giving, admin, monkeypatch, set_clock
):
    donation_id, intent_id = giving.give()
    giving.deliver(giving.events("charge.updated")[0])
    (task,) = giving.backend.queues.take()
    real = looks.payment

    def look_and_stall(root_id):
        stale = real(root_id)
        monkeypatch.setattr(looks, "payment", real)
        giving.refund(intent_id, 100)
        set_clock(datetime.now(UTC) + timedelta(seconds=61))  # this worker's lease ends
        giving.deliver_all()
        return stale

    monkeypatch.setattr(looks, "payment", look_and_stall)
    giving.backend.task(task.function, task.data)  # finds its event handled by the other

    assert_truth(giving, admin, donation_id, intent_id)


def test_a_late_commit_neither_writes_nor_ends_the_lease_of_the_next(giving, admin, monkeypatch):
    _, intent_id = giving.give()
    giving.deliver(giving.events("charge.updated")[0])
    (task,) = giving.backend.queues.take()
    lease = admin.document(f"payment_leases/{intent_id}")
    real = truth.commit

    def commit_late(*writes):
        if len(writes) > 1:  # not the taking of the lease
            monkeypatch.setattr(truth, "commit", real)
            until = datetime.now(UTC) + timedelta(seconds=60)
            lease.set({"owner": "another", "expiresAt": until})
        real(*writes)

    monkeypatch.setattr(truth, "commit", commit_late)
    with pytest.raises(CallError) as refusal:
        giving.backend.task(task.function, task.data)

    assert refusal.value.status == "ABORTED"
    assert lease.get().to_dict()["owner"] == "another"
    assert movements(admin) == {}


def test_an_event_that_could_not_be_stored_is_refused_and_comes_again(giving, admin, monkeypatch):
    giving.give()
    event = giving.events("charge.updated")[0]

    def lose(*_):
        raise OutcomeUnknownError

    with monkeypatch.context() as losing:
        losing.setattr(events, "commit", lose)
        assert giving.deliver(event).status_code == 503
    assert giving.backend.queues.accepted == []

    assert giving.deliver(event).status_code == 200
    assert len(giving.backend.queues.accepted) == 1


def test_two_workers_never_hold_one_lease(giving, admin):
    at = datetime.now(UTC)
    taken, refused, start = [], [], threading.Barrier(6)

    def take(_):
        start.wait()
        try:
            taken.append(truth.take_lease("pi_1", at, at + timedelta(seconds=60)))
        except Exception as error:  # noqa: BLE001  # counted below
            refused.append(type(error).__name__)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, range(6)))

    assert len(taken) == 1
    assert set(refused) == {"AbortedError"}
