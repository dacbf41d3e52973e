"""The sealer killed, doubled and lied to: every entry has one place, and every chain is whole."""

import random
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from app.platform.audit import functions
from tests.emulator.functions.platform.audit.conftest import AuditLog
from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.processes import Process, in_turn

MAX_CALLS = 40
EACH = 12


@pytest.fixture
def log(backend):
    """A log whose sealers make each call to Firestore when their turn comes."""
    with tapped(lambda _method, send: in_turn(send)):
        yield AuditLog(backend)


def settle(log):
    """Let a last run do what is left, and look at everything."""
    log.seal()
    entries = log.entries().values()
    assert {entry["sequence"] for entry in entries}.isdisjoint({None})
    assert sum(log.heads().values()) == len(entries)
    assert log.findings() == []
    newest = log.anchors()[-1]["anchor"]
    assert sum(head["size"] for head in newest["heads"]) == len(entries)


def killed(log, calls):
    """A run dies before one of its calls."""
    run = Process(log.seal)
    run.advance(calls)
    more = not run.ended
    if more:
        run.kill()
    return more


def answerless(log, calls):
    """A run does not learn what became of one of its calls."""
    run = Process(log.seal)
    run.advance(calls)
    more = not run.ended
    if more:
        run.step(lose=True)
    run.finish()
    return more


def overtaken(log, calls):
    """A run pauses while another does all the work, and more is written."""
    slow = Process(log.seal)
    slow.advance(calls)
    more = not slow.ended
    log.write(3)
    Process(log.seal).finish()
    slow.finish()
    return more


@pytest.mark.parametrize("scenario", [killed, answerless, overtaken])
def test_a_run_can_be_hit_at_any_of_its_calls(log, scenario):
    for calls in range(MAX_CALLS):
        log.write(EACH)
        more = scenario(log, calls)
        settle(log)
        if not more:
            break

    assert 6 < calls < MAX_CALLS - 1, "a run that seals several chains makes more calls than that"


@pytest.mark.parametrize("seed", range(5))
def test_any_number_of_rival_sealers_put_each_entry_in_one_place(log, monkeypatch, seed):
    chance = random.Random(seed)  # noqa: S311  # a schedule, no secret
    monkeypatch.setattr(functions, "MAX_SEALED", chance.choice([1, 2, 200]))
    rivals = [Process(log.seal) for _ in range(3)]
    for _ in range(60):
        if chance.random() < 0.3:
            log.write(chance.randint(1, 4))
        rival = chance.choice(rivals)
        if rival.ended:
            rivals[rivals.index(rival)] = Process(log.seal)
        elif chance.random() < 0.03:
            rival.kill()
        else:
            rival.step(lose=chance.random() < 0.05)
    for rival in rivals:
        rival.finish()
    log.seal()

    settle(log)


def test_of_two_sealers_that_saw_the_same_head_one_goes_on(log):
    """Even if they hold different entries, so that nothing but the head can tell them apart."""
    from app.platform.audit import store
    from app.platform.audit.models import ChainHead, shard_of
    from app.platform.audit.policy import chains

    log.write(EACH)
    by_shard = defaultdict(list)
    for seen in store.unsealed(EACH):
        by_shard[shard_of(seen.id)].append(seen)
    shard, (first, second, *_) = max(by_shard.items(), key=lambda item: len(item[1]))
    seen_head = store.heads_of([shard])[shard]

    done = []
    for seen in (first, second):
        head, place = chains.add(ChainHead(shard=shard), seen.id, seen.value.model_dump())
        done.append(store.seal(seen_head, head, [(seen, place)]))

    assert done == [True, False]
    settle(log)


def test_a_sealer_that_does_not_look_is_caught(log, monkeypatch):
    """Planted: an entry gets its place, and the head its value, whatever became of them."""
    from app.kit.firestore import Write
    from app.platform.audit import store

    def replace(seen, place, write_id=None):
        fields = place.model_dump()
        return Write("(default)", lambda batch: batch.update(seen.key.reference, fields))

    monkeypatch.setattr(store.places, "replace", replace)
    monkeypatch.setattr(store.heads, "replace", lambda seen, head: store.heads.put(seen.id, head))

    def overtake():
        for calls in range(12):
            log.write(EACH)
            overtaken(log, calls)
            settle(log)

    with pytest.raises(AssertionError):
        overtake()


def test_the_time_of_an_anchor_is_not_before_what_it_covers(log):
    log.write(2)
    log.seal()

    at = datetime.fromisoformat(log.anchors()[0]["anchor"]["at"])
    assert all(entry["at"] <= at <= datetime.now(UTC) for entry in log.entries().values())
