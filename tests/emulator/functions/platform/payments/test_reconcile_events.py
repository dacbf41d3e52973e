"""`payments_reconcile_events`: what no webhook brought is found, once, and looked at."""

from datetime import UTC, datetime, timedelta

import pytest

from app.platform.payments.functions import reconciling
from app.platform.payments.models.documents import Movement, Payment
from app.platform.payments.models.events import PaymentEvent
from app.platform.payments.store import reconciliations, truth
from tests.support.errors import CallError
from tests.support.export import export

RECONCILE = "payments_reconcile_events"


@pytest.fixture
def now(giving, set_clock):
    """A minute after a gift, of which no event came."""
    giving.give()
    now = datetime.now(UTC) + timedelta(minutes=1)
    set_clock(now)
    return now


def documents(admin, name, document_type):
    return {
        document.id: document_type.model_validate(document.to_dict())
        for document in admin.collection(name).stream()
    }


def reconcile(giving):
    giving.backend.tick(RECONCILE)
    giving.backend.run_tasks()


def since(moment):
    """Let everything up to a moment be reconciled."""
    reconciliations.reach("events", moment)


def test_what_no_webhook_brought_is_stored_as_the_webhook_would_and_handled(giving, admin, now):
    intent_id = giving.intent_id()
    delivered, *lost = giving.events()
    giving.deliver(delivered)
    by_webhook = documents(admin, "payment_events", PaymentEvent)
    giving.backend.queues.reset()

    giving.backend.tick(RECONCILE)

    stored = documents(admin, "payment_events", PaymentEvent)
    assert stored.keys() == {f"platform_{event['id']}" for event in giving.events()}
    assert by_webhook.items() <= stored.items()
    for event in lost:
        kept = stored[f"platform_{event['id']}"]
        assert (kept.type, kept.api_version) == (event["type"], event["api_version"])
        assert kept.state == ("received" if kept.root_id else "ignored")
    queued = {task.data["eventId"] for task in giving.backend.queues.accepted}
    assert queued == {key for key, kept in stored.items() if kept.root_id} - by_webhook.keys()

    giving.backend.run_tasks()
    assert documents(admin, "payments", Payment)[intent_id].state == "succeeded"
    assert documents(admin, "payment_movements", Movement).keys() == {intent_id}


def test_of_more_events_than_a_page_holds_none_is_left_out(giving, stripe, admin, now):
    for _ in range(60):
        giving.refund(giving.intent_id(), 10)
    told = {f"platform_{event['id']}" for event in stripe._account.all("event")}  # noqa: SLF001  # all pages
    assert len(told) > 100
    since(now)

    reconcile(giving)

    stored = documents(admin, "payment_events", PaymentEvent)
    assert stored.keys() == told
    assert {event.state for event in stored.values()} <= {"handled", "ignored"}
    assert len(documents(admin, "payment_movements", Movement)) == 61


def test_twice_in_a_row_changes_nothing(giving, now):
    reconcile(giving)
    before = export()

    giving.backend.tick(RECONCILE)

    assert giving.backend.queues.take() == []
    changed = {path for path, value in export().items() if before.get(path) != value}
    assert changed <= {"(default)/payment_reconciliations/events"}
    assert reconciliations.reached("events") == now.replace(microsecond=0)


def test_what_a_list_shows_late_is_found_within_the_overlap(giving, admin, now):
    since(now - timedelta(seconds=1))

    reconcile(giving)

    assert len(documents(admin, "payment_movements", Movement)) == 1


def test_what_was_reconciled_long_ago_is_not_listed_again(giving, admin, now):
    since(now + timedelta(hours=2))

    reconcile(giving)

    assert documents(admin, "payment_events", PaymentEvent) == {}


def test_a_long_outage_is_walked_through_in_steps_and_continued(giving, admin, now, monkeypatch):
    monkeypatch.setattr(reconciling, "RUN_SECONDS", 0)  # one window a run
    since(now - timedelta(hours=13))

    for hours in (8, 3, 0):
        assert documents(admin, "payment_movements", Movement) == {}
        reconcile(giving)
        reached = (now - timedelta(hours=hours)).replace(microsecond=0)
        assert reconciliations.reached("events") == reached

    assert len(documents(admin, "payment_movements", Movement)) == 1


def test_an_outage_in_the_middle_leaves_the_cursor_before_what_was_not_seen(
    giving, stripe, admin, now
):
    since(now - timedelta(hours=20))
    stripe.inject({"kind": "api_status", "match": "GET /v1/events", "status": 500, "times": -1})
    with pytest.raises(CallError):
        giving.backend.tick(RECONCILE)
    assert reconciliations.reached("events") == now - timedelta(hours=20)

    stripe._faults.clear()  # noqa: SLF001  # the account keeps what it has
    reconcile(giving)
    assert len(documents(admin, "payment_movements", Movement)) == 1


def test_what_could_not_be_queued_is_queued_by_the_sweep(giving, queues, admin, set_clock, now):
    queues.down = True
    with pytest.raises(CallError):
        giving.backend.tick(RECONCILE)

    queues.down = False
    reconcile(giving)  # what is stored is left to the sweep
    set_clock(now + timedelta(minutes=3))
    giving.backend.tick("payments_sweep_events")
    giving.backend.run_tasks()

    assert len(documents(admin, "payment_movements", Movement)) == 1
    assert {e.state for e in documents(admin, "payment_events", PaymentEvent).values()} <= {
        "handled",
        "ignored",
    }


def test_an_event_that_cannot_be_read_stops_no_others(giving, stripe, admin, now):
    intent_id = giving.intent_id()
    strange = stripe._account.all("event")[2]  # noqa: SLF001  # as Stripe never sends it
    strange["id"] = "evt_!"

    reconcile(giving)

    assert documents(admin, "payment_movements", Movement).keys() == {intent_id}


def payout(now, **changed):
    from app.kit.money import Currency
    from app.platform.payments.models.documents import Payout, PayoutState

    values = {
        "account": "acct_1",
        "updated_at": now,
        "state": PayoutState.IN_TRANSIT,
        "amount_cents": 500,
        "currency": Currency.USD,
        "automatic": True,
        "arrives_at": now,
        "created_at": now,
        "failure": None,
    }
    return Payout(**values | changed)


def test_what_has_not_ended_at_a_connected_account_is_looked_at_now_and_then(
    giving, queues, admin, set_clock, now
):
    from app.kit import firestore

    since(now + timedelta(days=1))
    firestore.commit(
        truth.payouts.create("po_open", payout(now)),
        truth.payouts.create("po_ended", payout(now, settled=True)),
    )
    look_id = "acct_1_look_po_open"

    set_clock(now + timedelta(minutes=15))
    giving.backend.tick(RECONCILE)
    giving.backend.tick(RECONCILE)
    assert [task.data for task in queues.take()] == [{"eventId": look_id}]
    (look,) = documents(admin, "payment_events", PaymentEvent).values()
    assert (look.type, look.account, look.root_id) == ("look", "acct_1", "po_open")

    giving.backend.task("paymentsProcessEventTask", {"eventId": look_id})
    # Stripe knows no such payout: the look is parked, and staff see it.
    assert documents(admin, "payment_events", PaymentEvent)[look_id].state == "parked"

    admin.document(f"payment_events/{look_id}").update(
        {"state": "handled", "handledAt": now + timedelta(minutes=16), "dueAt": None}
    )
    set_clock(now + timedelta(hours=6))
    giving.backend.tick(RECONCILE)
    assert queues.take() == []
    set_clock(now + timedelta(hours=7))
    giving.backend.tick(RECONCILE)
    assert [task.data for task in queues.take()] == [{"eventId": look_id}]
