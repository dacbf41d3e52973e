"""`paymentsProcessEventTask`: Stripe's truth of now, written once, under a lease."""

from datetime import UTC, datetime, timedelta

import pytest

from app.platform.payments.gateway import looks
from app.platform.payments.models.documents import Movement, Payment
from app.platform.payments.models.events import PaymentEvent
from app.platform.payments.policy import events as policy
from tests.support.errors import CallError
from tests.support.giving import WORKER


def documents(admin, name, document_type):
    return {
        document.id: document_type.model_validate(document.to_dict())
        for document in admin.collection(name).stream()
    }


def event_of(admin, event):
    found = admin.document(f"payment_events/platform_{event['id']}").get().to_dict()
    return PaymentEvent.model_validate(found)


def run(giving, event):
    giving.deliver(event)
    giving.backend.queues.take()
    giving.backend.task(WORKER, {"eventId": f"platform_{event['id']}"})


def test_a_gift_becomes_a_payment_and_a_movement(giving, admin):
    donation_id, intent_id = giving.give()
    giving.deliver_all()

    ((payment_id, payment),) = documents(admin, "payments", Payment).items()
    assert payment_id == intent_id
    assert payment.reference.model_dump() == {"kind": "donation", "id": donation_id}
    assert (payment.state, payment.captured_cents, payment.refunded_cents) == (
        "succeeded",
        25_000,
        0,
    )
    ((movement_id, movement),) = documents(admin, "payment_movements", Movement).items()
    assert movement_id == movement.natural_id == intent_id
    # 2.9 % of $250 and 30 cents
    assert (movement.gross_cents, movement.fee_cents, movement.net_cents) == (25_000, 755, 24_245)
    assert payment.fee_cents == 755
    assert movement.reference == payment.reference
    assert abs(movement.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_money_moves_only_once_its_fee_is_known(giving, admin):
    giving.sandbox("balance", delaySeconds=None)
    checkout = giving.checkout()
    giving.pay(checkout)
    giving.deliver_all()
    (payment,) = documents(admin, "payments", Payment).values()
    assert (payment.state, payment.fee_cents) == ("succeeded", None)
    assert documents(admin, "payment_movements", Movement) == {}

    giving.sandbox("release")
    (settled,) = giving.events("charge.updated")
    run(giving, settled)
    assert len(documents(admin, "payment_movements", Movement)) == 1


def test_each_refund_is_a_movement_of_its_own(giving, admin):
    _, intent_id = giving.give()
    refunds = [giving.refund(intent_id, cents) for cents in (1_000, 1_000)]
    giving.deliver_all()

    moved = documents(admin, "payment_movements", Movement)
    assert moved.keys() == {intent_id, *(refund["id"] for refund in refunds)}
    for refund in refunds:
        movement = moved[refund["id"]]
        assert (movement.kind, movement.gross_cents, movement.fee_cents) == ("refunded", 1_000, 0)


def test_a_second_look_at_the_same_truth_writes_nothing_but_the_event(giving, admin):
    _, intent_id = giving.give()
    giving.deliver_all()
    before = admin.document(f"payments/{intent_id}").get()

    twin = giving.events("charge.succeeded")[0] | {"id": "evt_twin"}
    run(giving, twin)

    assert event_of(admin, twin).state == "handled"
    assert admin.document(f"payments/{intent_id}").get().update_time == before.update_time
    assert len(documents(admin, "payment_movements", Movement)) == 1


def test_what_is_not_ours_is_ignored(giving, admin):
    giving.api(
        "POST",
        "/v1/payment_intents",
        amount=500,
        currency="usd",
        payment_method="pm_card_visa",
        confirm="true",
    )
    giving.deliver_all()

    stored = documents(admin, "payment_events", PaymentEvent)
    assert len(stored) > 1
    assert {event.state for event in stored.values()} == {"ignored"}
    assert documents(admin, "payments", Payment) == {}


def test_stripe_down_is_waited_for_and_counts_against_nobody(giving, stripe, admin):
    giving.give()
    event = giving.events("payment_intent.succeeded")[0]
    stripe.inject({"kind": "api_status", "match": "GET *", "status": 500, "times": 3})
    with pytest.raises(CallError) as failure:
        run(giving, event)

    assert failure.value.http_status == 503
    assert (event_of(admin, event).state, event_of(admin, event).attempts) == ("received", 0)
    run(giving, event)  # the lease was given back
    assert event_of(admin, event).state == "handled"


def test_an_event_that_fails_is_parked_and_tried_more_and_more_rarely(
    giving, admin, queues, set_clock
):
    giving.give()
    missing = giving.events("payment_intent.succeeded")[0]
    missing["data"]["object"]["id"] = "pi_missing"
    run(giving, missing)  # its task is done: it delays no other
    parked = event_of(admin, missing)
    assert (parked.state, parked.attempts, parked.problem) == ("parked", 1, "NotFoundError")
    assert parked.handled_at is None

    for attempts in range(2, policy.MAX_ATTEMPTS + 1):
        set_clock(event_of(admin, missing).due_at - timedelta(seconds=1))
        giving.backend.tick("payments_sweep_events")
        assert queues.take() == []
        set_clock(event_of(admin, missing).due_at + timedelta(seconds=1))
        giving.backend.tick("payments_sweep_events")
        giving.backend.run_tasks()
        assert event_of(admin, missing).attempts == attempts

    dead = event_of(admin, missing)
    assert (dead.state, dead.due_at) == ("dead", None)
    set_clock(datetime.now(UTC) + timedelta(days=30))
    giving.backend.tick("payments_sweep_events")
    assert queues.take() == []


def test_a_parent_that_comes_late_is_waited_for(giving, admin, queues, set_clock, monkeypatch):
    _, intent_id = giving.give()
    event = giving.events("payment_intent.succeeded")[0]
    with monkeypatch.context() as early:
        early.setattr(looks, "payment", lambda _: looks.session("cs_not_there_yet"))
        run(giving, event)
    assert event_of(admin, event).state == "parked"

    set_clock(datetime.now(UTC) + timedelta(minutes=2))
    giving.backend.tick("payments_sweep_events")
    giving.backend.run_tasks()

    assert event_of(admin, event).state == "handled"
    assert documents(admin, "payments", Payment).keys() == {intent_id}


def test_an_event_that_was_never_stored_is_refused(giving, admin):
    with pytest.raises(CallError) as refusal:
        giving.backend.task(WORKER, {"eventId": "platform_evt_x"})

    assert refusal.value.http_status == 404


def test_a_lease_of_another_worker_is_respected_until_it_ends(giving, admin):
    _, intent_id = giving.give()
    event = giving.events("payment_intent.succeeded")[0]
    lease = {"owner": "another", "expiresAt": datetime.now(UTC) + timedelta(seconds=30)}
    admin.document(f"payment_leases/{intent_id}").set(lease)
    with pytest.raises(CallError) as refusal:
        run(giving, event)
    assert refusal.value.status == "ABORTED"
    assert documents(admin, "payments", Payment) == {}

    lease["expiresAt"] = datetime.now(UTC) - timedelta(seconds=1)
    admin.document(f"payment_leases/{intent_id}").set(lease)
    run(giving, event)
    assert len(documents(admin, "payments", Payment)) == 1


def test_the_sweep_queues_what_was_forgotten(giving, admin, queues, set_clock):
    giving.give()
    first, second = giving.events("charge.succeeded")[0], giving.events("checkout.")[0]
    giving.deliver(first)
    giving.deliver(second)
    giving.backend.task(WORKER, {"eventId": f"platform_{second['id']}"})
    queues.reset()  # the task of the first is lost

    giving.backend.tick("payments_sweep_events")
    assert queues.accepted == []
    set_clock(datetime.now(UTC) + timedelta(minutes=2, seconds=1))
    giving.backend.tick("payments_sweep_events")
    assert [task.data for task in queues.accepted] == [{"eventId": f"platform_{first['id']}"}]

    giving.backend.run_tasks()
    assert event_of(admin, first).state == "handled"


def test_a_second_page_of_refunds_counts_too(giving, admin):
    _, intent_id = giving.give()
    event = giving.events("charge.succeeded")[0]
    for _ in range(101):
        giving.refund(intent_id, 10)
    run(giving, event)

    (payment,) = documents(admin, "payments", Payment).values()
    assert payment.refunded_cents == 1_010
