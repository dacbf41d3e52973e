"""The sequencer killed, paused, doubled and lied to: the ledger stays whole, in balance, and once.

Each process of the test is stopped before every call to Firestore, and a schedule drawn from a
seed says which goes on, which dies, and whose answer is lost. It is the deployed code with the
real client library against the emulator; only the clock and the calls' order are the test's.
"""

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.kit import clock, firestore
from app.recovery.ledger import sequencer, store
from app.recovery.ledger.models import Progress, State
from app.recovery.ledger.policy import batches
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.processes import Process, in_turn
from tests.unit.recovery.ledger.audit import audit_settled
from tests.unit.recovery.ledger.gifts import donation, idem, refund

SAMPLE = (0, 32, 59)
"""Two of them once found held items that kept all others out of the ledger."""
SEEDS = (
    range(int(os.environ.get("SIMULATION_SEEDS", "100"))) if os.environ.get("NIGHTLY") else SAMPLE
)
MAX_CALLS = 60
CALL_SECONDS = 0.2
"""What each call takes by the clock of the test, so that runs come to their end."""


class World:
    """The backend on empty databases, with a clock of its own."""

    def __init__(self, backend) -> None:
        self._backend = backend
        self.now = datetime.now(UTC) + timedelta(days=1)  # no pause between batches is needed

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def deliver(self, movement_id: str) -> None:
        self._backend.deliver("ledger_on_movement_created", movement_id, at=self.now)

    def sequence(self) -> None:
        self._backend.tick("ledger_sequence_every_minute")

    def settle(self, runs: int) -> None:
        """Let the schedule do what is left once every lease has run out; then audit."""
        for _ in range(runs):
            self.wait(600)
            self.sequence()
        audit_settled(*money.ledger())


@pytest.fixture
def world(backend, monkeypatch):
    """A world in which every call to Firestore waits for its turn."""
    made = World(backend)
    monkeypatch.setattr(clock, "now", lambda: made.now)

    def around(_method, send):
        made.wait(CALL_SECONDS)
        return in_turn(send)

    with tapped(around):
        yield made


def queue_gift_and_refund(name):
    """Queue a gift and a refund of it, which needs a cover."""
    gift = donation(name, {"FOOD": 45_00}, fee=30)
    back = refund(f"{name} back", name, {"FOOD": 45_00})
    firestore.commit(
        store.queue.create(idem(name), gift), store.queue.create(idem(f"{name} back"), back)
    )


def each_call(world, scenario):
    """Run `scenario(calls)` with one more call each time, until it returns false.

    The ledger is audited after each; at the end every gift and refund is in it.
    """
    for calls in range(MAX_CALLS):
        queue_gift_and_refund(f"{calls}")
        more = scenario(calls)
        world.settle(runs=1)
        states = {item.state for item in money.ledger()[2].values()}
        assert states == {State.SEQUENCED}
        if not more:
            return calls
    raise AssertionError("the scenario does not end")


def killed(world):
    """Return the scenario of a run that is killed before one of its calls."""

    def scenario(calls):
        run = Process(world.sequence)
        run.advance(calls)
        ended = run.ended
        if not ended:
            run.kill()
        return not ended

    return scenario


def overtaken(world):
    """Return the scenario of a run that pauses past its lease while another does all the work.

    More is queued meanwhile, or both would plan the same batch and no harm could come of it.
    """

    def scenario(calls):
        slow = Process(world.sequence)
        slow.advance(calls)
        paused = not slow.ended
        world.wait(sequencer.LEASE.total_seconds() + 1)
        queue_gift_and_refund(f"{calls} late")
        Process(world.sequence).finish()
        slow.finish()
        return paused

    return scenario


def answerless(world):
    """Return the scenario of a run that does not learn what became of one of its calls."""

    def scenario(calls):
        run = Process(world.sequence)
        run.advance(calls)
        more = not run.ended
        if more:
            run.step(lose=True)
        run.finish()
        return more

    return scenario


@pytest.mark.parametrize("scenario", [killed, overtaken, answerless])
def test_a_run_can_be_hit_at_any_of_its_calls(world, scenario):
    calls = each_call(world, scenario(world))

    assert calls > 15, "a run with a batch makes more calls than that"


def test_a_trigger_can_be_killed_at_any_of_its_calls(world):
    for calls in range(4):
        movement_id = money.give(f"g{calls}")
        run = Process(lambda: world.deliver(movement_id))  # noqa: B023  # ends in this iteration
        run.advance(calls)
        if not run.ended:
            run.kill()

    world.settle(runs=2)  # the first finds movements that lost their trigger

    assert store.size() == 4


def skip_the_sweep(monkeypatch):
    """Plant: a run takes every batch for swept, and for published."""
    position = store.position

    def all_swept():
        head, progress = position()
        done = head.value.batches if head.value is not None else 0
        return head, replace(progress, value=Progress(swept=done, published=done))

    monkeypatch.setattr(store, "position", all_swept)


def drop_the_compare_and_set(monkeypatch):
    """Plant: a batch is committed whatever became of the head."""

    def commit_batch(_seen, head, batch):
        number = store.batch_id(batch.number)
        firestore.commit(store.heads.put(store.MAIN, head), store.batches.put(number, batch))

    monkeypatch.setattr(store, "commit_batch", commit_batch)


def forget_what_was_seen(monkeypatch):
    """Plant: results are written over whatever became of a queue item."""
    monkeypatch.setattr(
        batches,
        "resolve",
        lambda item, result: item.model_copy(update={"state": result.state, "index": 0}),
    )


@pytest.mark.parametrize(
    ("bug", "finding"),
    [
        pytest.param(skip_the_sweep, "an item has two results", id="skip the sweep"),
        pytest.param(
            drop_the_compare_and_set, "a queued item was lost", id="drop the compare-and-set"
        ),
        pytest.param(forget_what_was_seen, "not swept", id="forget what was seen"),
    ],
)
def test_a_planted_bug_is_caught(world, monkeypatch, bug, finding):
    bug(monkeypatch)

    with pytest.raises(AssertionError, match=finding):
        each_call(world, overtaken(world))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_schedule_of_deliveries_runs_and_deaths(world, monkeypatch, seed):
    chance = random.Random(seed)  # noqa: S311  # a schedule, no secret
    monkeypatch.setattr(batches, "MAX_ENTRIES", chance.choice([3, 5, 500]))
    monkeypatch.setattr(store, "MAX_WRITES", chance.choice([2, 7, 500]))
    movements = movements_of_a_day(chance)
    deliveries = [movement_id for movement_id in movements for _ in range(chance.randint(0, 3))]
    chance.shuffle(deliveries)
    sequencers = [Process(world.sequence) for _ in range(2)]
    triggers: list[Process] = []

    while deliveries or triggers:
        if deliveries and len(triggers) < 3:
            movement_id = deliveries.pop()
            triggers.append(Process(lambda m=movement_id: world.deliver(m)))
        process = chance.choice([*sequencers, *sequencers, *triggers])
        for _ in range(chance.choice([1, 1, 2, 12])):
            if not process.ended:
                strike(process, chance)
        world.wait(chance.choice([0, 0, 1, 1, 25]))
        triggers = [trigger for trigger in triggers if not trigger.ended]
        sequencers = [s if not s.ended else Process(world.sequence) for s in sequencers]
    for process in sequencers:
        process.finish()

    world.settle(runs=2)  # the first finds movements that lost their trigger
    assert set(money.ledger()[2]) == {money.idem(movement_id) for movement_id in movements}


def movements_of_a_day(chance):
    """Store gifts and refunds, too many of some; return their movements' ids."""
    movements = []
    for number in range(6):
        name = f"g{number}"
        movements.append(money.give(name, {chance.choice(["FOOD", "TECH", "FLEX"]): 10_00}))
        movements += [
            money.give_back(name, chance.choice([3_00, 5_00, 10_00]), part)
            for part in range(chance.choice([0, 1, 2]))
        ]
    return movements


def strike(process, chance):
    """Let a process make a call, or be hit by what can hit it there."""
    fate = chance.random()
    if fate < 0.02:
        process.kill()
    else:
        process.step(lose=fate < 0.04)
