"""The steps of the sequencer, alone and in any order that rivals can bring about."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Batch, Entry, Head, Kind, QueueItem, Result, State
from app.recovery.ledger.policy import batches, leaves
from app.recovery.ledger.policy.batches import Plan
from tests.unit.recovery.ledger.audit import audit, audit_settled
from tests.unit.recovery.ledger.gifts import DAY, donation, idem, item, refund


def planned(
    items: dict[str, QueueItem], head: Head | None = None, sequenced: Iterable[str] = ()
) -> tuple[Any, set[str]]:
    """Return the plan for `items` by name, and the names of those held."""
    by_idem = {idem(name): queued for name, queued in items.items()}
    done = {idem(name): donation(name, {"FOOD": 1}) for name in sequenced}
    plan, held = batches.plan(head or Head(), 1, by_idem, done)
    return plan, {name for name in items if idem(name) in held}


def test_kinds_come_in_order_and_then_idems() -> None:
    gifts = {name: donation(name, {"FOOD": 10}) for name in "abc"}
    backs = {f"-{name}": refund(f"-{name}", name, {"FOOD": 1}) for name in "abc"}

    plan, held = planned({**backs, **gifts})

    order = [result.idem for result in plan.batch.results]
    assert order == sorted(map(idem, gifts)) + sorted(map(idem, backs))
    assert [result.index for result in plan.batch.results] == list(range(6))
    assert (plan.head.size, plan.head.batches, plan.head.epoch) == (6, 1, 1)
    assert not held


def test_the_order_of_arrival_changes_nothing() -> None:
    items = {name: donation(name, {"FOOD": 10}) for name in "abcdef"}

    assert planned(items) == planned(dict(reversed(items.items())))


def test_a_batch_goes_on_from_the_head() -> None:
    head = planned({"a": donation("a", {"FOOD": 10})})[0].head

    plan, _ = planned({"b": refund("b", "a", {"FOOD": 4})}, head, {"a"})

    assert (plan.batch.number, plan.batch.first_index) == (1, 1)
    assert plan.batch.opening == head.balances
    assert plan.head.balances == {
        leaves.CLEARING: 6,
        "funds:FOOD:donations": -10,
        "funds:FOOD:refunds": 4,
    }


def test_with_held_items_only_there_is_nothing_to_commit() -> None:
    assert planned({"b": refund("b", "a", {"FOOD": 4})}) == (None, {"b"})


def test_what_follows_from_a_rejected_item_waits() -> None:
    bad = donation("a", {"FOOD": 10}).model_copy(update={"leaf": b"{}"})

    plan, held = planned({"a": bad, "b": refund("b", "a", {"FOOD": 4})})

    assert held == {"b"}
    assert [result.state for result in plan.batch.results] == [State.REJECTED]
    assert (plan.head.size, plan.head.batches) == (0, 1)


def test_an_item_and_its_covers_join_in_one_batch_or_none(monkeypatch: Any) -> None:
    monkeypatch.setattr(batches, "MAX_ENTRIES", 3)
    gifts = {name: donation(name, {"FOOD": 10}, fee=1) for name in "ab"}
    items = {**gifts, "-a": refund("-a", "a", {"FOOD": 10}), "-b": refund("-b", "b", {"FOOD": 10})}

    plan, held = planned(items)
    assert (len(plan.batch.entries), held) == (3, set())

    rest = {name: items[name] for name in items if name not in gifts}
    first = plan.batch.results[2].idem
    left = {name: queued for name, queued in rest.items() if idem(name) != first}
    plan, _ = planned(left, plan.head, set(gifts))
    assert [leaves.read(entry).kind for entry in plan.batch.entries] == [Kind.COVER, Kind.REFUND]
    assert plan.batch.results[0].index == 4


def test_a_batch_stops_before_a_document_is_full(monkeypatch: Any) -> None:
    gifts = {name: donation(name, {"FOOD": 10}) for name in "abc"}
    monkeypatch.setattr(batches, "MAX_BATCH_BYTES", 2 * (len(gifts["a"].leaf) + 300))

    plan, held = planned(gifts)

    assert [result.idem for result in plan.batch.results] == sorted(map(idem, gifts))[:2]
    assert not held


def test_the_greatest_batch_fits_a_document() -> None:
    everything: dict[str, int] = dict.fromkeys(Category, 10**12)
    names = [str(n) for n in range(batches.MAX_ENTRIES + 1)]

    plan, _ = planned({name: donation(name, everything, fee=9) for name in names})

    assert len(plan.batch.results) == batches.MAX_ENTRIES
    assert (
        len(plan.batch.model_dump_json(by_alias=True, exclude={"root"})) < batches.MAX_BATCH_BYTES
    )


def test_a_result_is_given_once() -> None:
    gift = donation("a", {"FOOD": 10})
    first = Result(idem=idem("a"), state=State.SEQUENCED, index=0)

    resolved = batches.resolve(gift, first)

    assert (resolved.state, resolved.index, resolved.leaf) == (State.SEQUENCED, 0, gift.leaf)
    assert batches.resolve(resolved, first) == resolved
    held = gift.model_copy(update={"state": State.HELD})
    assert batches.resolve(held, first) == resolved
    with pytest.raises(RuntimeError, match="two results"):
        batches.resolve(resolved, first.model_copy(update={"index": 1}))


def test_entries_show_running_balances() -> None:
    plan, _ = planned(
        {
            "a": donation("a", {"FOOD": 100, "TECH": 50}, fee=3),
            "b": refund("b", "a", {"FOOD": 40}),
        }
    )

    first, second = batches.entries(plan.batch)

    assert (first.index, first.kind, first.day) == (0, Kind.DONATION, DAY)
    assert first.balances == {Category.FOOD: "97", Category.TECH: "50"}
    assert second.balances == {Category.FOOD: "57"}
    assert second.commitment == idem("commitment of b")


class Rivals(RuleBasedStateMachine):
    """Deliveries and two stale sequencers in any order; each commit tells whether the head moved.

    What a database does is modelled here: create-only inserts, and a commit on the condition that
    the head is the one that was read.
    """

    plans: Bundle[Plan] = Bundle("plans")

    @initialize()
    def empty(self) -> None:
        self.queue: dict[str, QueueItem] = {}
        self.head = Head()
        self.batches: list[Batch] = []
        self.swept = 0
        self.shown: list[Entry] = []

    def deliver(self, name: str, queued: QueueItem) -> None:
        self.queue.setdefault(idem(name), queued)

    @rule(n=st.integers(0, 5), cents=st.integers(1, 60), fee=st.integers(0, 70), flex=st.booleans())
    def gift(self, n: int, cents: int, fee: int, *, flex: bool) -> None:
        funds = {"FLEX": cents} if flex else {"FOOD": cents, "OPERATIONS": 1}
        self.deliver(f"gift {n}", donation(f"gift {n}", funds, fee=fee))

    @rule(n=st.integers(0, 5), part=st.integers(0, 2), cents=st.integers(1, 60))
    def refund_of_a_gift_that_may_come_later(self, n: int, part: int, cents: int) -> None:
        name = f"refund {n}.{part}"
        self.deliver(name, refund(name, f"gift {n}", {"FOOD": cents, "TECH": 1}))

    @rule(n=st.integers(0, 2))
    def unsound_item(self, n: int) -> None:
        amounts = {leaves.CLEARING: 5, "funds:FOOD:donations": -4}
        self.deliver(f"bad {n}", item(Kind.DONATION, f"bad {n}", amounts, DAY, None))

    @precondition(lambda self: self.swept == len(self.batches))
    @rule(target=plans, data=st.data())
    def look(self, data: Any) -> Plan:
        waiting = [i for i, q in self.queue.items() if q.state in {State.PENDING, State.HELD}]
        assume(waiting)
        seen = data.draw(st.sets(st.sampled_from(sorted(waiting)), min_size=1))
        sequenced = {i: q for i, q in self.queue.items() if q.state is State.SEQUENCED}
        plan, held = batches.plan(self.head, 1, {i: self.queue[i] for i in seen}, sequenced)
        for waits in held:
            self.queue[waits] = self.queue[waits].model_copy(update={"state": State.HELD})
        assume(plan)
        assert plan is not None
        return plan

    @rule(plan=consumes(plans))
    def commit(self, plan: Plan) -> None:
        if plan.batch.number == self.head.batches:
            self.head = plan.head
            self.batches.append(plan.batch)

    @rule(times=st.integers(1, 2))
    def sweep(self, times: int) -> None:
        for batch in self.batches[self.swept :]:
            for result in batch.results * times:
                self.queue[result.idem] = batches.resolve(self.queue[result.idem], result)
            self.shown += batches.entries(batch)
            self.swept += 1

    @invariant()
    def sound(self) -> None:
        audit(self.head, self.batches, self.queue)

    def teardown(self) -> None:
        self.sweep(1)
        while True:
            waiting = {
                i: q for i, q in self.queue.items() if q.state in {State.PENDING, State.HELD}
            }
            done = {i: q for i, q in self.queue.items() if q.state is State.SEQUENCED}
            plan, held = batches.plan(self.head, 2, waiting, done)
            for waits in held:
                self.queue[waits] = self.queue[waits].model_copy(update={"state": State.HELD})
            if plan is None:
                break
            self.commit(plan)
            self.sweep(1)
        audit_settled(self.head, self.batches, self.queue, self.shown)


TestRivals = Rivals.TestCase
TestRivals.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
