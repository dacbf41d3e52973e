"""The sequencer killed, paused, doubled and lied to: the ledger stays whole, public, and once.

Each process of the test is stopped before every call to Firestore, Storage, KMS and the witness,
and a schedule says which goes on, which dies, and whose answer is lost. It is the deployed code
with the real client libraries; only the clock and the calls' order are the test's. Some schedules
run on the emulators, all others on what answers the clients in memory.
"""

import contextlib
import dataclasses
import os
import random

import pytest

from app.kit import firestore
from app.platform.kms import gateway as kms
from app.platform.storage import gateway as storage
from app.recovery.ledger import publishing, sequencer, settings, store
from app.recovery.ledger.models import Progress, State
from app.recovery.ledger.policy import batches, tiles
from app.recovery.ledger.policy.notes import Checkpoint
from tests.emulator.functions.recovery.ledger import money
from tests.faults.ledger_worlds import KEY, STORAGE, WITNESS, emulator_world, memory_world
from tests.support.processes import Process
from tests.unit.recovery.ledger.gifts import donation, idem, refund

SAMPLE = (0, 32, 59)
"""Two of them once found held items that kept all others out of the ledger."""
NIGHTLY = bool(os.environ.get("NIGHTLY"))
SEEDS = range(int(os.environ.get("SIMULATION_SEEDS", "100"))) if NIGHTLY else SAMPLE
IN_MEMORY = int(os.environ.get("SIMULATION_SEEDS_IN_MEMORY", "5000" if NIGHTLY else "200"))
CHUNK = 20
"""How many seeds one test runs."""
MAX_CALLS = 80


@pytest.fixture
def emulated(backend, monkeypatch):
    """The backend on the emulators."""
    with emulator_world(backend, monkeypatch) as made:
        yield made


def queue_gift_and_refund(name):
    """Queue a gift and a refund of it, which needs a cover."""
    gift = donation(name, {"FOOD": 45_00}, fee=30)
    back = refund(f"{name} back", name, {"FOOD": 45_00})
    firestore.commit(
        store.queue.create(idem(name), gift), store.queue.create(idem(f"{name} back"), back)
    )


def each_call(scenario, plant=lambda _: None):
    """Run `scenario(world, calls)` with one more call each time, until it returns false.

    Each world has had a run before. The ledger and its public log are audited after each; at the
    end every gift and refund is in it.
    """
    for calls in range(MAX_CALLS):
        with pytest.MonkeyPatch.context() as patch, memory_world(patch) as world:
            plant(patch)
            queue_gift_and_refund("before")
            world.sequence()
            queue_gift_and_refund("first")
            more = scenario(world, calls)
            world.settle(runs=1)
            states = {item.state for item in money.ledger()[2].values()}
            assert states == {State.SEQUENCED}
        if not more:
            return calls
    raise AssertionError("the scenario does not end")


def killed(world, calls):
    """Kill a run before one of its calls; return whether there was one."""
    run = Process(world.sequence)
    run.advance(calls)
    ended = run.ended
    if not ended:
        run.kill()
    world.look()
    return not ended


def overtaken(world, calls):
    """Let a run pause past its lease while another does all the work; return whether it paused.

    More is queued meanwhile, or both would plan the same batch and no harm could come of it.
    """
    slow = Process(world.sequence)
    slow.advance(calls)
    paused = not slow.ended
    world.wait(sequencer.LEASE.total_seconds() + 1)
    queue_gift_and_refund("late")
    Process(world.sequence).finish()
    world.look()
    while not slow.ended:
        slow.step()
        world.look()
    return paused


def answerless(world, calls):
    """Keep the answer to one of its calls from a run; return whether there was one."""
    run = Process(world.sequence)
    run.advance(calls)
    more = not run.ended
    if more:
        run.step(lose=True)
    run.finish()
    world.look()
    return more


@pytest.mark.parametrize("scenario", [killed, overtaken, answerless])
def test_a_run_can_be_hit_at_any_of_its_calls(scenario):
    calls = each_call(scenario)

    assert calls > 25, "a run with a batch that it publishes makes more calls than that"


def test_a_trigger_can_be_killed_at_any_of_its_calls(emulated):
    for calls in range(4):
        movement_id = money.give(f"g{calls}")
        run = Process(lambda: emulated.deliver(movement_id))  # noqa: B023  # ends in this iteration
        run.advance(calls)
        if not run.ended:
            run.kill()

    emulated.settle(runs=2)  # the first finds movements that lost their trigger

    assert store.size() == 4


def skip_the_sweep(monkeypatch):
    """Plant: a run takes every batch for swept."""
    position = store.position

    def all_swept():
        head, done = position()
        swept = head.value.batches if head.value is not None else 0
        progress = (done.value or Progress()).model_copy(update={"swept": swept})
        return head, dataclasses.replace(done, value=progress)

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


def sign_before_committing(monkeypatch):
    """Plant: what is going to be committed is signed already."""
    commit_batch = store.commit_batch

    def sign_and_commit(seen, head, batch):
        with contextlib.suppress(kms.KeyLostError):
            publishing.sign(Checkpoint(settings.origin(), head.size, batch.root))
        commit_batch(seen, head, batch)

    monkeypatch.setattr(store, "commit_batch", sign_and_commit)


def put_the_checkpoint_over_any(monkeypatch):
    """Plant: the checkpoint is written whichever one is there."""
    write = storage.write

    def over_any(bucket, name, data, served, *, over):
        if name == publishing.CHECKPOINT:
            there = storage.read(bucket, name)
            over = there.generation if there else storage.NONE
        return write(bucket, name, data, served, over=over)

    monkeypatch.setattr(storage, "write", over_any)


def put_the_checkpoint_first(monkeypatch):
    """Plant: tiles are put after the checkpoint that covers them."""
    write, late = storage.write, []

    def checkpoint_first(bucket, name, data, served, *, over):
        if name != publishing.CHECKPOINT:
            late.append((bucket, name, data, served))
            return True
        written = write(bucket, name, data, served, over=over)
        while late:
            write(*late.pop(), over=storage.NONE)
        return written

    monkeypatch.setattr(storage, "write", checkpoint_first)


BUGS = [
    pytest.param(skip_the_sweep, "an item has two results", id="skip the sweep"),
    pytest.param(drop_the_compare_and_set, "two|lost|changed", id="drop the compare-and-set"),
    pytest.param(forget_what_was_seen, "not swept", id="forget what was seen"),
    pytest.param(
        sign_before_committing, "signed before|two histories|two roots", id="sign before committing"
    ),
    pytest.param(
        put_the_checkpoint_over_any, "the published size fell", id="put the checkpoint over any"
    ),
    pytest.param(put_the_checkpoint_first, "a tile is missing", id="put the checkpoint first"),
]


@pytest.mark.parametrize(("bug", "finding"), BUGS)
def test_a_planted_bug_is_caught(bug, finding):
    with pytest.raises(AssertionError, match=finding):
        each_call(overtaken, bug)


def simulate(world, seed, monkeypatch):
    """Run one schedule of deliveries, runs, deaths, lost answers and outages in memory.

    Tiles are four hashes wide, so that a few entries make three levels of them.
    """
    chance = random.Random(seed)  # noqa: S311  # a schedule, no secret
    monkeypatch.setattr(batches, "MAX_ENTRIES", chance.choice([2, 3, 500]))
    monkeypatch.setattr(store, "MAX_WRITES", chance.choice([2, 7, 500]))
    monkeypatch.setattr(publishing, "MAX_BATCHES", chance.choice([1, 2, 8]))
    monkeypatch.setattr(tiles, "WIDTH", 4)
    monkeypatch.setattr(tiles, "_LEVELS", 2)
    world.log.width = 4
    items = items_of_a_day(chance)
    deliveries = [name for name in items for _ in range(chance.randint(0, 2))]
    chance.shuffle(deliveries)
    sequencers = [Process(world.sequence) for _ in range(2)]

    while deliveries:
        for name in deliveries[-3:]:
            world.queue(idem(name), items[name])
        del deliveries[-3:]
        for _ in range(chance.randint(1, 6)):
            process = chance.choice(sequencers)
            for _ in range(chance.choice([1, 3, 9, 20])):
                if not process.ended:
                    strike(process, chance)
                    world.look()
            world.wait(chance.choice([0, 0, 70]))
        world.down = {chance.choice([STORAGE, WITNESS, KEY])} if chance.random() < 0.15 else set()
        sequencers = [s if not s.ended else Process(world.sequence) for s in sequencers]
    world.down = set()
    for process in sequencers:
        process.finish()
        world.look()

    for name, item in items.items():  # the net finds what no delivery brought
        world.queue(idem(name), item)
    world.settle(runs=3)  # in batches of three, what is left may take more than two runs of 40 s
    assert set(money.ledger()[2]) == set(map(idem, items))


def items_of_a_day(chance):
    """Return gifts and refunds by name, too many of some."""
    items = {}
    for name in (f"g{number}" for number in range(chance.randint(2, 9))):
        items[name] = donation(name, {chance.choice(["FOOD", "FLEX"]): 10_00}, fee=30)
        for part in range(chance.choice([0, 0, 1, 2])):
            cents = chance.choice([3_00, 5_00, 10_00])
            items[f"{name} {part}"] = refund(f"{name} {part}", name, {"FOOD": cents})
    return items


def simulate_all(seeds, plant=lambda _: None):
    """Run the schedules of `seeds`, each in a world of its own."""
    for seed in seeds:
        with pytest.MonkeyPatch.context() as patch, memory_world(patch) as world:
            plant(patch)
            try:
                simulate(world, seed, patch)
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise


@pytest.mark.parametrize("first", range(0, IN_MEMORY, CHUNK))
def test_schedules_in_memory(first):
    simulate_all(range(first, first + CHUNK))


@pytest.mark.parametrize(
    ("bug", "finding", "seeds"),
    [
        (skip_the_sweep, "an item has two results", [0]),
        (drop_the_compare_and_set, "seed", [4, 22, 33]),
        (forget_what_was_seen, "not swept", [0]),
        (sign_before_committing, "signed before", range(CHUNK)),
        (put_the_checkpoint_first, "a tile is missing", [0, 1, 2]),
        (put_the_checkpoint_over_any, "the published size fell", [90, 260, 280, 285, 395]),
    ],
)
def test_schedules_catch_a_planted_bug(bug, finding, seeds):
    """Some of these seeds are known to meet it; two heads do harm of many kinds."""
    with pytest.raises(AssertionError, match=finding):
        simulate_all(seeds, bug)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_schedule_of_deliveries_runs_and_deaths(emulated, monkeypatch, seed):
    chance = random.Random(seed)  # noqa: S311  # a schedule, no secret
    monkeypatch.setattr(batches, "MAX_ENTRIES", chance.choice([3, 5, 500]))
    monkeypatch.setattr(store, "MAX_WRITES", chance.choice([2, 7, 500]))
    movements = movements_of_a_day(chance)
    deliveries = [movement_id for movement_id in movements for _ in range(chance.randint(0, 3))]
    chance.shuffle(deliveries)
    sequencers = [Process(emulated.sequence) for _ in range(2)]
    triggers: list[Process] = []

    while deliveries or triggers:
        if deliveries and len(triggers) < 3:
            movement_id = deliveries.pop()
            triggers.append(Process(lambda m=movement_id: emulated.deliver(m)))
        process = chance.choice([*sequencers, *sequencers, *triggers])
        for _ in range(chance.choice([1, 1, 2, 12])):
            if not process.ended:
                strike(process, chance)
        emulated.wait(chance.choice([0, 0, 1, 1, 25]))
        triggers = [trigger for trigger in triggers if not trigger.ended]
        sequencers = [s if not s.ended else Process(emulated.sequence) for s in sequencers]
    for process in sequencers:
        process.finish()

    emulated.settle(runs=2)  # the first finds movements that lost their trigger
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
