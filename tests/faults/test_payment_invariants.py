"""Payments under every order, duplicate, loss and death: the invariants of `docs/payments.md`."""

import contextlib
import json
import os
import random
from datetime import UTC, datetime

import pytest
import stripe as sdk

from app.platform.payments.gateway import looks
from app.platform.payments.store import reconciliations
from tests.support.books import Books
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.fixtures import renew
from tests.support.giving import Giving
from tests.support.killing import Killed, Worker, working
from tests.support.stories import Story, run_with_retries

STORIES = 60 if os.environ.get("NIGHTLY") else 3
DEATHS = 10_000 if os.environ.get("NIGHTLY") else 8
"""Before how many of its calls a worker dies, spread over all of them where it makes more."""
FORGERIES = 2_000 if os.environ.get("NIGHTLY") else 150


@pytest.fixture
def giving(backend, stripe):
    """A donor, Stripe and the platform."""
    return Giving(backend, stripe)


@pytest.fixture
def story(giving, admin, set_clock):
    """What happens at Stripe; nothing of before is reconciled again."""
    reconciliations.reach("events", datetime.now(UTC))
    return Story(giving, Books(giving, admin), set_clock)


def unlike(before):
    """Return the documents that are not as they were."""
    now = export()
    return {path for path in before | now if before.get(path) != now.get(path)}


@pytest.mark.parametrize("seed", range(STORIES))
def test_i1_i2_i4_any_order_multiset_loss_and_interleaving_ends_as_stripe_says(
    giving, stripe, story, seed
):
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    stripe.inject({"kind": "webhook_twin", "times": 5})
    told, waiting = set(), []
    story.give()
    for _ in range(6):
        story.go_on(chance)
        waiting += story.new_events(told)
        chance.shuffle(waiting)
        for _ in range(chance.randint(0, len(waiting))):
            event = waiting.pop()
            if chance.random() < 0.8:  # else it is lost
                giving.deliver(event)
            if chance.random() < 0.3:
                waiting.insert(0, event)  # and comes again
        for task in giving.backend.queues.take():
            if chance.random() < 0.7:  # else the task is lost
                run_with_retries(giving, task.data["eventId"])
    story.heal()

    story.books.check()
    story.books.check_all_handled()


@pytest.mark.parametrize("seed", range(STORIES))
def test_i9_the_reconciler_converges_after_losses_and_changes_nothing_afterwards(
    giving, story, seed
):
    chance = random.Random(1_000 + seed)  # noqa: S311  # as above
    told = set()
    story.give()
    for _ in range(4):
        story.go_on(chance)
        for event in story.new_events(told):
            if chance.random() < 0.3:
                giving.deliver(event)
    giving.backend.queues.take()  # no task runs
    story.heal()
    story.books.check()
    story.books.check_all_handled()

    before = export()
    for _ in range(2):
        story.later(minutes=15)
        giving.backend.tick("payments_reconcile_events")
        assert giving.backend.queues.take() == []
    assert unlike(before) == {"(default)/payment_reconciliations/events"}


def test_three_days_of_lost_webhooks_then_one_reconciliation_and_the_books_agree(
    giving, story, admin
):
    methods = ["pm_card_visa", "pm_card_createDispute", "pm_card_refundFail"]
    for method in methods:
        intent_id = story.give(method)
        if method == "pm_card_createDispute":
            (dispute,) = story.books.listed("disputes")
            evidence = {"evidence[uncategorized_text]": "losing_evidence", "submit": "true"}
            giving.api("POST", f"/v1/disputes/{dispute['id']}", **evidence)
        else:
            giving.refund(intent_id, 1_234)
        story.later(days=1)
    assert story.books.stored("payment_events") == {}

    giving.backend.tick("payments_reconcile_events")
    giving.backend.run_tasks()

    story.books.check()
    assert len(story.books.stored("payment_movements")) == 3 + 2 + 2
    story.later(hours=2)
    giving.backend.tick("payments_reconcile_balance")
    assert story.books.stored("payment_cases") == {}

    before = export()
    giving.backend.tick("payments_reconcile_events")
    giving.backend.tick("payments_reconcile_balance")
    assert giving.backend.queues.take() == []
    reconciled = {f"(default)/payment_reconciliations/{n}" for n in ("events", "balance")}
    assert unlike(before) <= reconciled


def test_a_poison_event_among_a_hundred_good_ones_delays_none_and_staff_see_it(
    giving, story, monkeypatch
):
    gifts = [story.give() for _ in range(8)]
    poison = story.give()
    told = set()
    events = story.new_events(told)
    while len(events) < 100:
        for intent_id in gifts:
            giving.refund(intent_id, 100)
        events += story.new_events(told)
    real = looks.payment

    def look(intent_id):
        if intent_id == poison:
            raise ValueError("poison")
        return real(intent_id)

    monkeypatch.setattr(looks, "payment", look)
    events.sort(key=lambda event: poison not in str(event))  # the poison first
    for event in events:
        assert giving.deliver(event).status_code == 200
    tasks = giving.backend.queues.take()
    for task in tasks:  # each once, and none fails
        giving.backend.task(task.function, task.data)

    stored = story.books.stored("payment_events")
    poisoned = {key for key, event in stored.items() if event["rootId"] == poison}
    good = {key: event for key, event in stored.items() if key not in poisoned}
    assert len(good) >= 100
    assert {event["state"] for event in good.values()} <= {"handled", "ignored"}
    assert giving.backend.queues.take() == []
    assert story.books.seen("parked") == poisoned != set()

    monkeypatch.setattr(looks, "payment", real)
    story.heal()
    story.books.check()


# -- I5: kill anywhere, and lose any answer ------------------------------------------------------


def deliver_one(story):
    """Return what a webhook and its task do, as Stripe and the queue do it."""
    event = story.giving.events("charge.updated")[0]

    def deliver():
        story.giving.deliver(event)
        story.giving.backend.run_tasks()

    return deliver


def sweep_one(story):
    """Return what the sweep does with an event whose task was lost."""
    story.giving.deliver(story.giving.events("charge.updated")[0])
    story.giving.backend.queues.take()
    story.later(minutes=3)

    def sweep():
        story.giving.backend.tick("payments_sweep_events")
        story.giving.backend.run_tasks()

    return sweep


def reconcile_all(story):
    """Return what the reconciler does where no webhook came."""

    def reconcile():
        story.giving.backend.tick("payments_reconcile_events")
        story.giving.backend.run_tasks()

    return reconcile


def fail_one(story):
    """Return what becomes of an event that fails."""
    event = story.giving.events("charge.updated")[0]
    event["data"]["object"]["payment_intent"] = "pi_none"
    event["id"] = "evt_none"

    def fail():
        story.giving.deliver(event)
        story.giving.backend.run_tasks()

    return fail


SCENES = [deliver_one, sweep_one, reconcile_all, fail_one]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_i5_a_death_before_any_call_and_any_lost_answer_heal(request, scene):
    count = _act(request, scene, Worker())
    assert count > 4
    step = max(1, count // DEATHS)
    for number in range(1, count + 1, step):
        _act(request, scene, Worker(dies_before=number))
    _act(request, scene, Worker(loses_answers=True))


def _act(request, scene, worker):
    """Let a scene be acted by a worker, all new, and heal; return how many calls it made."""
    queues, stand_ins = (request.getfixturevalue(name) for name in ("queues", "stand_ins"))
    story = request.getfixturevalue("story")
    renew(stand_ins, queues)
    reconciliations.reach("events", datetime.now(UTC))
    story.begin()
    story.giving.refund(story.give(), 250)
    act = scene(story)
    with contextlib.suppress(Killed, CallError), working(worker):
        act()
    queues.take()  # what the dead one queued may be lost as well
    story.heal()
    story.books.check()
    return len(worker.calls)


def test_i5_what_was_answered_2xx_is_stored_whatever_happened(giving, story, queues):
    story.give()
    for number, event in enumerate(story.new_events(set())):
        queues.down = number % 3 == 1
        for dies_before in range(1, 4):
            answered = None
            with contextlib.suppress(Killed), working(Worker(dies_before=dies_before)):
                answered = giving.deliver(event).status_code
            if answered == 200:
                stored = story.books.stored("payment_events")[f"platform_{event['id']}"]
                assert stored["handledAt"] or stored["dueAt"], "I5"
        if number > 5:
            return


def test_i8_a_rejected_delivery_changes_nothing(giving, story):
    story.give()
    event = story.new_events(set())[-1]
    body = json.dumps(event).encode()
    header = sdk.WebhookSignature.generate_signature_header(
        body.decode(),
        os.environ["STRIPE_WEBHOOK_SECRETS"].split(",")[0],
        int((datetime.now(UTC) + story.ahead).timestamp()),
    )
    before, chance = export(), random.Random(8)  # noqa: S311  # as above
    for _ in range(FORGERIES):
        forged = [bytearray(body), bytearray(header.encode())]
        part = chance.choice(forged)
        part[chance.randrange(len(part))] ^= 1 << chance.randrange(7)
        answer = giving.send(bytes(forged[0]), forged[1].decode("latin-1"))
        assert answer.status_code == 400, (forged[0], forged[1])

    assert unlike(before) == set()
    assert giving.backend.queues.accepted == []
    assert giving.send(body, header).status_code == 200
