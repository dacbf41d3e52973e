"""Groups of payments, made while runs are killed, doubled and lied to: each payment is told once.

The deployed code with the real client library against the emulator; only the clock and the order
of calls are the test's.
"""

import os
from datetime import UTC, datetime, timedelta

import pytest

from app.kit import clock, firestore
from app.recovery.ledger import store
from app.recovery.ledger.models import Head
from app.recovery.ledger.store import aid as payments
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.aid import pay_many
from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.processes import Process, in_turn
from tests.unit.recovery.ledger.audit import audit_settled
from tests.unit.recovery.ledger.gifts import donation, idem

MAX_CALLS = 24
EVERY = 1 if os.environ.get("NIGHTLY") else 5


@pytest.fixture
def world(backend, monkeypatch):
    """The backend with payments for eleven people in two months; each call waits for its turn."""
    monkeypatch.setattr(store, "MAX_WRITES", 4)  # so that marks take several commits
    now = [datetime(2027, 1, 10, tzinfo=UTC)]

    def tick():
        now[0] += timedelta(seconds=0.05)
        return now[0]

    monkeypatch.setattr(clock, "now", tick)
    gift = donation("gift", {"FOOD": 1000_00, "TECH": 1000_00})
    firestore.commit(store.queue.create(idem("gift"), gift))
    pay_many(11, "FOOD", "2027-01-05")
    pay_many(11, "TECH", "2027-02-05")
    backend.tick("ledger_sequence_every_minute")
    now[0] = datetime(2027, 3, 1, 5, tzinfo=UTC)
    with tapped(lambda _method, send: in_turn(send)):
        yield backend


def run(world):
    return Process(lambda: world.tick("ledger_group_disbursements"))


def settle(world):
    """Let what is left be done; then each payment is told of once, to the cent."""
    world.tick("ledger_group_disbursements")
    world.tick("ledger_sequence_every_minute")
    audit_settled(*money.ledger())
    told = [e for e in money.ledger()[3] if e.kind == "DISBURSEMENT"]
    assert {(e.period, *e.categories) for e in told} == {("2027-01", "FOOD"), ("2027-02", "TECH")}
    assert len(told) == 2
    groups = {seen.id: seen.value for seen in payments.groups.find(limit=10)}
    members = [key for group in groups.values() for key in group.payments]
    assert len(members) == len(set(members)) == 22
    marks = {seen.id: seen.value.group for seen in payments.payments.find(limit=50)}
    assert marks == {key: name for name, group in groups.items() for key in group.payments}
    head = store.heads.get(store.MAIN) or Head()
    assert head.private == {}


@pytest.mark.parametrize("calls", range(0, MAX_CALLS, EVERY))
def test_a_run_can_be_killed_at_any_of_its_calls(world, calls):
    process = run(world)
    process.advance(calls)
    if not process.ended:
        process.kill()

    settle(world)


@pytest.mark.parametrize("calls", range(3, MAX_CALLS, 2 * EVERY))
def test_a_run_can_pause_while_another_one_does_everything(world, calls):
    slow = run(world)
    slow.advance(calls)
    run(world).finish()
    slow.finish()

    settle(world)


@pytest.mark.parametrize("calls", range(2, MAX_CALLS, 2 * EVERY))
def test_an_answer_can_be_lost(world, calls):
    process = run(world)
    process.advance(calls)
    if not process.ended:
        process.step(lose=True)
    process.finish()

    settle(world)


def test_two_plans_for_one_month_are_caught(world, monkeypatch):
    def commit_groups(_seen, grouping, made, items):
        firestore.commit(
            payments.groupings.put(store.MAIN, grouping),
            *(store.queue.put(idem(f"{clock.now()} {key}"), item) for key, item in items.items()),
            *(payments.groups.put(idem(f"{clock.now()} {k}"), group) for k, group in made.items()),
        )

    monkeypatch.setattr(payments, "commit_groups", commit_groups)
    slow = run(world)
    slow.advance(4)
    run(world).finish()
    slow.finish()

    with pytest.raises(AssertionError):
        settle(world)
