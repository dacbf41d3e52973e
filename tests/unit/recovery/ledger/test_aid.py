"""Payments for people in the books: reserved, resolved once, and told of by as much."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import PRIVATE, Batch, Head, Kind, QueueItem, State
from app.recovery.ledger.models.aid import ClearedPayment, Payment, Phase, Transfer
from app.recovery.ledger.policy import accounts, aid, batches, grouping, periods
from app.recovery.ledger.policy.accounts import Books
from tests.unit.recovery.ledger.audit import audit
from tests.unit.recovery.ledger.gifts import AT, DAY, donation, idem, refund

ANY = donation("gift", {"FOOD": 1})


def payment(name: str, category: str = "FOOD", cents: int = 60, uid: str = "r") -> Payment:
    """Return a payment."""
    return Payment(id=name, uid=uid, category=Category(category), amount_cents=cents)


def queued(name: str, phase: Phase, **more: Any) -> QueueItem:
    """Return the queue item of a payment in a phase."""
    return aid.item(payment(name, **more), phase, DAY, AT)


def rich(**funds: int) -> Books:
    """Return books with these funds."""
    outcome = accounts.apply(Books({}, {}), donation("gift", funds or {"FOOD": 100}), {})
    return outcome.books


def test_a_pending_is_refused_where_public_and_private_together_lack_a_cent() -> None:
    first = accounts.apply(rich(), queued("p", Phase.PENDING, cents=60), {})
    assert first.state is State.SEQUENCED

    exactly = accounts.apply(first.books, queued("q", Phase.PENDING, cents=40), {})
    over = accounts.apply(first.books, queued("q", Phase.PENDING, cents=41), {})

    assert exactly.books.left(Category.FOOD) == 0
    assert (over.state, over.reason, over.books) == (State.REJECTED, "overdrawn", first.books)


@pytest.mark.parametrize("phase", [Phase.CLEARED, Phase.VOID])
def test_a_resolution_of_another_amount_or_of_no_pending_is_refused(phase: Phase) -> None:
    books = accounts.apply(rich(), queued("p", Phase.PENDING), {}).books
    began = {aid.idem("p", "pending"): queued("p", Phase.PENDING)}
    other = {aid.idem("p", "pending"): donation("gift", {"FOOD": 60})}

    for cents, sequenced in ((59, began), (60, other)):
        outcome = accounts.apply(books, queued("p", phase, cents=cents), sequenced)
        assert (outcome.state, outcome.reason) == (State.REJECTED, "another payment")
    assert accounts.apply(books, queued("p", phase), began).state is State.SEQUENCED


def test_a_cover_looks_at_public_balances_alone() -> None:
    books = rich(FOOD=100, FLEX=50)
    books = accounts.apply(books, queued("p", Phase.PENDING, cents=100), {}).books

    outcome = accounts.apply(books, refund("back", "gift", {"FOOD": 100}), {idem("gift"): ANY})

    assert [entry.kind for entry in outcome.entries] == [Kind.REFUND]
    assert outcome.books.left(Category.FOOD) == -100


def test_operations_never_mixes_with_aid() -> None:
    for source, target in (("OPERATIONS", "FOOD"), ("FOOD", "OPERATIONS")):
        with pytest.raises(ValidationError):
            Transfer(id="t", source=Category(source), target=Category(target), amount_cents=1)
    with pytest.raises(ValidationError):
        payment("p", "OPERATIONS")
    moved = Transfer(id="t", source=Category.FOOD, target=Category.TECH, amount_cents=1)
    item = aid.transfer_item(moved, DAY, AT)
    mixed = item.leaf.replace(b"FOOD", b"OPERATIONS")
    outcome = accounts.apply(rich(), item.model_copy(update={"leaf": mixed}), {})
    assert (outcome.state, outcome.reason) == (State.REJECTED, "account")


def test_a_merged_group_is_covered_where_all_funds_of_the_pool_lack_it() -> None:
    waiting = {}
    for number in range(12):
        paid = aid.cleared(
            payment(str(number), ("FOOD", "MEDICAL")[number % 2], 10, f"u{number}"),
            "2027-03-15",
            None,
            idem(f"c{number}"),
            AT,
        )
        waiting[idem(str(number))] = paid
    (item,) = grouping.plan("2027-03", waiting, AT).items.values()

    outcome = accounts.apply(rich(FOOD=50, MEDICAL=30, FLEX=100), item, {})

    cover, group = outcome.entries
    assert (cover.period, group.period) == ("2027-Q1", "2027-Q1")
    assert dict(cover.postings) == {"funds:ESSENTIALS:covers": "-40", "funds:FLEX:covers": "40"}
    assert accounts.fund(outcome.books.public, Category.FOOD) == 50
    assert cover.categories == tuple(map(Category, ("CLOTHING", "FLEX", "FOOD", "MEDICAL")))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["gift", "refund", "pending", "cleared", "void", "transfer", "month"]),
        st.integers(0, 30),
        st.integers(1, 90),
        st.sampled_from(["FOOD", "MEDICAL", "HOUSING", "FLEX"]),
    ),
    min_size=20,
    max_size=60,
)


def asked(what: str, n: int, cents: int, category: str) -> dict[str, QueueItem]:
    """Return the item of a gift, a refund of it, or a transfer to FLEX, by idem."""
    if what == "gift":
        return {idem(f"gift {n}"): donation(f"gift {n}", {category: 20 * cents}, fee=cents)}
    if what == "refund":
        return {idem(f"back {n}"): refund(f"back {n}", f"gift {n}", {category: 9 * cents})}
    if category == "FLEX":
        return {}
    target = Category.FLEX
    moved = Transfer(id=f"t{n}", source=Category(category), target=target, amount_cents=cents)
    return {aid.idem(moved.id, "transfer"): aid.transfer_item(moved, DAY, AT)}


def told_of(phase: Phase, n: int, cents: int) -> dict[str, tuple[Payment, QueueItem]]:
    """Return twelve payments in a phase; now and then of another amount than in the others."""
    found = {}
    for number in range(n, n + 12):
        paid = payment(f"p{number}", CATEGORIES[number % 2], 5 + (cents == 1), f"u{number}")
        found[aid.idem(paid.id, phase)] = (paid, aid.item(paid, phase, DAY, AT))
    return found


def lived(steps: list[tuple[str, int, int, str]]) -> tuple[Head, list[Batch], dict[str, QueueItem]]:
    """Return the ledger after steps in any order: each asks for something and sequences a batch."""
    head, made, queue = Head(), list[Batch](), dict[str, QueueItem]()
    waiting: dict[str, ClearedPayment] = {}
    month = "2027-01"
    for what, n, cents, category in steps:
        if what == "month":
            done = {k: p for k, p in waiting.items() if queue[k].state is State.SEQUENCED}
            plan = grouping.plan(month, done, AT)
            new = plan.items
            for group in plan.groups.values():
                for key in group.payments:
                    del waiting[key]
            month = periods.after(month)
        elif what in set(Phase):
            payments = told_of(Phase(what), n, cents)
            new = {key: item for key, (_, item) in payments.items()}
            if what == Phase.CLEARED:
                for key in payments.keys() - queue.keys():
                    day = f"{month}-01"
                    waiting[key] = aid.cleared(payments[key][0], day, None, idem(key), AT)
        else:
            new = asked(what, n, cents, category)
        queue = {**new, **queue}
        head = sequenced(head, made, queue)
    return head, made, queue


CATEGORIES = ("FOOD", "MEDICAL")


def sequenced(head: Head, made: list[Batch], queue: dict[str, QueueItem]) -> Head:
    """Sequence what waits in one batch."""
    open_ = {k: q for k, q in queue.items() if q.state in {State.PENDING, State.HELD}}
    done = {k: q for k, q in queue.items() if q.state is State.SEQUENCED}
    plan, _ = batches.plan(head, 1, open_, done)
    if plan is None:
        return head
    made.append(plan.batch)
    for result in plan.batch.results:
        queue[result.idem] = batches.resolve(queue[result.idem], result)
    return plan.head


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_any_history_keeps_both_books_sound(steps: list[tuple[str, int, int, str]]) -> None:
    audit(*lived(steps))


HISTORY = [
    ("gift", 1, 90, "FOOD"),
    ("gift", 2, 90, "MEDICAL"),
    *[(what, n, 50, "FOOD") for n in (0, 12) for what in ("cleared", "pending", "void")],
    ("pending", 20, 1, "FOOD"),
    ("month", 0, 1, "FOOD"),
    *[("transfer", n, 90, "FOOD") for n in range(25)],
    ("pending", 40, 50, "FOOD"),
    ("refund", 1, 90, "FOOD"),
    ("refund", 2, 90, "MEDICAL"),
]


def nobody_lacks(books: Books, _category: Category) -> int:
    return 1


@pytest.mark.parametrize(
    ("where", "name", "bug", "finding"),
    [
        pytest.param(Books, "left", nobody_lacks, "overdrawn", id="no fund is asked"),
        pytest.param(
            accounts, "_resolves", lambda *_: True, "another amount", id="any amount resolves"
        ),
        pytest.param(accounts, "_missing", lambda *_: 0, "overdrawn", id="nothing is covered"),
        pytest.param(
            aid,
            "_RIVALS",
            {Phase.CLEARED: Phase.CLEARED, Phase.VOID: Phase.VOID},
            "resolved twice",
            id="resolutions do not know each other",
        ),
        pytest.param(
            accounts,
            "_after",
            lambda books, leaf: (
                Books(accounts.post(books.public, leaf), books.private)
                if leaf.kind not in PRIVATE
                else Books(books.public, accounts.post(books.private, leaf))
            ),
            "a balance is off",
            id="a group does not leave the sub-ledger",
        ),
    ],
)
def test_planted_bugs_are_caught(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, bug: Any, finding: str
) -> None:
    history = [*HISTORY, ("pending", 0, 50, "FOOD"), ("cleared", 20, 50, "FOOD")]
    audit(*lived(history))
    monkeypatch.setattr(where, name, bug)

    with pytest.raises(AssertionError, match=finding):
        audit(*lived(history))
