"""Receipts whose workers die before any of their calls, lose answers, or work at once."""

import os
import random
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.kit import limits
from tests.support import pdf
from tests.support.giving import Giving
from tests.support.killing import Killed, Worker, working
from tests.support.receipting import Receipting

MARCH = datetime(2026, 3, 1, 18, tzinfo=UTC)
ISSUED = datetime(2027, 1, 6, tzinfo=UTC)
STORIES = 40 if os.environ.get("NIGHTLY") else 4
STRIDE = 1 if os.environ.get("NIGHTLY") else 2
REFUND = 3
"""The step before which money goes back."""


@pytest.fixture
def receipting(backend, inbox, admin, stripe):
    gift = Giving(backend, stripe).checkout("ann")["donationId"]
    return Receipting(backend, inbox, admin, gift=gift)


@pytest.fixture
def forget(admin):
    """Delete everything that a story made."""

    def forget():
        for name in (
            *("payment_movements", "receipts", "receipt_series", "payment_feeds"),
            *("giving_statements", "outbox", "dead_letters"),
        ):
            for document in admin.collection(name).list_documents():
                document.delete()

    return forget


def steps(receipting, set_clock):
    """Return what happens to two gifts: both are paid, one is refunded in part, a year ends."""
    sweeps = iter(range(1, 100))

    def recover():
        set_clock(datetime.now(UTC) + timedelta(minutes=3 * next(sweeps)))
        receipting.backend.tick("receipts_sweep_movements")

    def state():
        set_clock(ISSUED)
        receipting.backend.tick("receipts_issue_statements")
        receipting.backend.run_tasks()

    first, second = (receipting.paid(25_000, f"pi_{n}", at=MARCH) for n in (1, 2))
    story = [
        lambda: receipting.tell(first),
        lambda: receipting.tell(second),
        receipting.number,
        lambda: receipting.tell("re_1"),
        state,
    ]
    return story, recover


def assert_right(receipting):
    """Check that each of two gifts has its receipt, its number and its mails, and no other."""
    limits.buckets.forget()  # the donor looks more often than people may
    listed = receipting.listed()
    assert sorted(item["number"] for item in listed) == ["SW-2026-000001", "SW-2026-000002"]
    assert receipting.numbers() == ["SW-2026-000001", "SW-2026-000002"]
    assert sorted(item["reversedCents"] for item in listed) == [0, 4_000]
    series = receipting.admin.document("receipt_series/2026").get().to_dict()
    assert series["last"] == 2
    versions = receipting.statement(2026)["versions"]
    assert versions[-1]["totalCents"] == 46_000
    told = [mail["template"] for mail in receipting.mails()]
    assert told.count("receipt") == 2
    assert told.count("receipt_corrected") == sum(item["version"] - 1 for item in listed)
    assert told.count("giving_statement") == 1
    assert len(told) == 2 + sum(item["version"] for item in listed) - 2 + len(versions)
    assert list(receipting.admin.collection("dead_letters").stream()) == []


def live_through(receipting, set_clock, worker):
    """Let a worker do its steps; what it dies of, others make up for."""
    story, recover = steps(receipting, set_clock)
    for position, step in enumerate(story):
        if position == REFUND:
            receipting.moved("refunded", "re_1", 4_000)
        try:
            with working(worker):
                step()
        except Killed:
            receipting.backend.queues.reset()  # nobody is left to run what it queued
            recover()
            for place, later in enumerate(story[position + 1 :], position + 1):
                if place == REFUND:
                    receipting.moved("refunded", "re_1", 4_000)
                later()
            break
    if worker.dies_before:
        recover()
        story[-1]()
    assert_right(receipting)


def test_a_worker_may_die_before_any_of_its_calls(receipting, set_clock, forget):
    alive = Worker()
    live_through(receipting, set_clock, alive)
    assert len(alive.calls) > 20
    for call in range(1, len(alive.calls) + 1, STRIDE):
        forget()
        set_clock(datetime.now(UTC))
        live_through(receipting, set_clock, Worker(dies_before=call))


def test_every_answer_to_a_commit_may_be_lost(receipting, set_clock):
    worker = Worker(loses_answers=True)
    live_through(receipting, set_clock, worker)

    assert worker.calls.count("(default) commit") > 4


def test_numbering_at_once_leaves_no_gap_and_gives_no_number_twice(receipting, monkeypatch):
    from app.recovery.receipts import store

    monkeypatch.setattr(store, "BATCH", 3)  # many commits, all on one counter
    receipting.tell(*(receipting.paid(100, f"pi_{n}", at=MARCH) for n in range(30)))
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(receipting.number) for _ in range(4)]
        assert [run.result() for run in runs] == [None] * 4

    assert receipting.numbers() == [f"SW-2026-{place:06d}" for place in range(1, 31)]
    assert len(receipting.mails()) == 30


BACK = {
    "a refund": ("refunded",),
    "a refund that failed": ("refunded", "refund_failed"),
    "a dispute that is open": ("dispute_opened",),
    "a dispute that was won": ("dispute_opened", "dispute_won"),
    "a dispute that was lost": ("dispute_opened", "dispute_lost"),
}
GONE = {"a refund", "a dispute that was lost"}


@pytest.mark.parametrize("seed", range(STORIES))
def test_any_history_heard_of_in_any_way_ends_in_what_was_kept(receipting, set_clock, seed):
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    heard, kept = [], {}
    for n in range(4):
        payment_id, left = f"pi_{n}", chance.randint(1, 100_000)
        heard.append(receipting.paid(left, payment_id, at=MARCH))
        for turn in range(chance.randint(0, 3)):
            what, cents = chance.choice(list(BACK)), chance.randint(1, max(1, left // 2))
            if what in GONE and cents <= left:
                left -= cents
            elif what in GONE:
                continue
            for kind in BACK[what]:
                object_id = f"re_{n}x{turn}"
                heard.append(receipting.moved(kind, object_id, cents, payment_id=payment_id))
                receipting.tell(*chance.choices(heard, k=chance.randint(0, 2)))
                if chance.random() < 0.3:
                    receipting.number()
        kept[payment_id] = left
    lost = chance.sample(heard, chance.randint(0, len(heard)))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(receipting.tell, [one for one in heard * 2 if one not in lost]))
    set_clock(datetime.now(UTC) + timedelta(minutes=3))
    receipting.backend.tick("receipts_sweep_movements")
    set_clock(ISSUED)
    receipting.backend.tick("receipts_issue_statements")
    receipting.backend.run_tasks()

    listed = receipting.listed()
    stored = {doc.get("paymentId"): doc for doc in receipting.admin.collection("receipts").stream()}
    assert stored.keys() == kept.keys()
    assert sorted(item["amountCents"] - item["reversedCents"] for item in listed) == sorted(
        kept.values()
    )
    assert receipting.numbers() == [f"SW-2026-{place:06d}" for place in range(1, 5)]
    assert len(receipting.mails()) == sum(item["version"] for item in listed) + 1
    stated = receipting.statement(2026)
    assert stated["versions"][-1]["totalCents"] == sum(kept.values())
    assert pdf.violations(b64decode(stated["pdf"]["content"])) == []
    for item in listed:
        for version in range(1, item["version"] + 1):
            asked = {"receiptId": item["receiptId"], "version": version}
            limits.buckets.forget()
            file = receipting.backend.call("receipts_get_pdf", asked, uid="ann")
            assert pdf.violations(b64decode(file["content"])) == []


def test_runs_that_number_different_receipts_at_once_share_the_counter(
    receipting, stripe, monkeypatch
):
    """One run has looked when a receipt of another donor joins, which another run takes first."""
    from app.recovery import charity
    from app.recovery.receipts import store
    from app.recovery.receipts.functions import issuing
    from app.recovery.receipts.policy import receipts as policy

    monkeypatch.setattr(store, "BATCH", 1)  # the one of the least id
    first, last = sorted(("pi_1", "pi_2"), key=policy.receipt_id)
    others = Giving(receipting.backend, stripe).checkout("bob")["donationId"]
    overtaken = []

    def number(receipt, place):
        if not overtaken:
            overtaken.append(place)
            receipting.tell(receipting.paid(100, first, at=MARCH, gift=others))
            run()
        return policy.numbered(receipt, place, charity.issuer(), MARCH)

    def run():
        store.number_waiting(MARCH, number, issuing._telling(MARCH))  # noqa: SLF001  # one batch

    receipting.tell(receipting.paid(100, last, at=MARCH))
    run()

    assert overtaken == [1]
    assert receipting.numbers() == ["SW-2026-000001", "SW-2026-000002"]
