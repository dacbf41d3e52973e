"""`payments_*_event`: what staff do with events that are not handled by themselves."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.platform.payments import following
from app.platform.payments.gateway import looks
from app.platform.payments.models.events import PaymentEvent
from app.platform.payments.policy import events as policy
from tests.support.errors import CallError
from tests.support.giving import WORKER
from tests.support.tokens import staff


@pytest.fixture
def finance(backend):
    """Call as somebody of finance."""

    def finance(name, **data):
        if not name.startswith("payments_list"):
            data = {"idempotencyKey": str(uuid4()), **data}
        return backend.call(name, data, uid="fin", **staff("finance"))

    return finance


@pytest.fixture
def event_id(giving):
    """An event of a gift that was received and not handled."""
    giving.give()
    event = giving.events("charge.updated")[0]
    giving.deliver(event)
    giving.backend.queues.reset()
    return f"platform_{event['id']}"


def stored(admin, event_id):
    return PaymentEvent.model_validate(admin.document(f"payment_events/{event_id}").get().to_dict())


def refused(finance, name, **data):
    with pytest.raises(CallError) as refusal:
        finance(name, **data)
    return refusal.value.status


def fail(giving, monkeypatch, event_id, times=1):
    """Let an event fail."""

    def break_down(*_):
        raise ValueError("broken")

    with monkeypatch.context() as broken:
        broken.setattr(looks, "payment", break_down)
        for _ in range(times):
            giving.backend.task(WORKER, {"eventId": event_id})


def ids(finance, state):
    return [item["eventId"] for item in finance("payments_list_events", state=state)["items"]]


def test_what_is_dead_is_listed_and_replayed(giving, finance, admin, monkeypatch, event_id):
    fail(giving, monkeypatch, event_id, policy.MAX_ATTEMPTS)
    (dead,) = finance("payments_list_events")["items"]
    assert (dead["eventId"], dead["attempts"], dead["problem"]) == (
        *(event_id, policy.MAX_ATTEMPTS),
        "ValueError",
    )
    assert dead["dueAt"] is None

    answer = finance("payments_replay_event", eventId=event_id)

    assert (answer["state"], answer["attempts"], answer["problem"]) == ("received", 0, None)
    assert ids(finance, "dead") == []
    giving.backend.run_tasks()
    assert stored(admin, event_id).state == "handled"
    (entry,) = admin.collection("audit_entries").stream()
    assert (entry.get("action"), entry.get("actor")) == ("replay_event", "fin")
    assert entry.get("touched")[0]["path"] == f"payment_events/{event_id}"


def test_the_oldest_come_first_and_pages_follow(giving, finance, admin, set_clock):
    giving.give()
    begin, expected = datetime.now(UTC), []
    for number, event in enumerate(giving.events()):
        set_clock(begin - timedelta(seconds=number))
        giving.deliver(event)
        if stored(admin, f"platform_{event['id']}").state == "received":
            expected.insert(0, f"platform_{event['id']}")
    set_clock(begin)

    seen, cursor = [], None
    while True:
        page = finance("payments_list_events", state="received", limit=2, cursor=cursor)
        seen += [item["eventId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    assert len(expected) > 2
    assert seen == expected


def test_what_is_put_aside_is_not_tried_until_it_is_replayed(
    giving, finance, admin, set_clock, event_id
):
    assert finance("payments_park_event", eventId=event_id)["state"] == "parked"

    giving.backend.task(WORKER, {"eventId": event_id})  # its task was under way
    set_clock(datetime.now(UTC) + timedelta(days=9))
    giving.backend.tick("payments_sweep_events")
    assert giving.backend.queues.take() == []
    set_clock(datetime.now(UTC))
    event = next(e for e in giving.events() if event_id.endswith(e["id"]))
    giving.deliver(event)  # Stripe sends it once more
    giving.backend.run_tasks()
    assert stored(admin, event_id).state == "parked"
    assert ids(finance, "parked") == [event_id]

    finance("payments_replay_event", eventId=event_id)
    giving.backend.run_tasks()
    assert stored(admin, event_id).state == "handled"


def test_what_is_dismissed_stays_unhandled_with_its_reason(giving, finance, admin, event_id):
    finance("payments_dismiss_event", eventId=event_id, reason="of_no_effect")

    giving.backend.task(WORKER, {"eventId": event_id})

    event = stored(admin, event_id)
    assert (event.state, event.reason, event.handled_at) == ("dismissed", "of_no_effect", None)
    (item,) = finance("payments_list_events", state="dismissed")["items"]
    assert (item["eventId"], item["reason"]) == (event_id, "of_no_effect")


def test_what_is_handled_is_left_alone(giving, finance, event_id):
    giving.backend.task(WORKER, {"eventId": event_id})

    for name in ("payments_replay_event", "payments_park_event"):
        assert refused(finance, name, eventId=event_id) == "FAILED_PRECONDITION"
    dismissal = {"eventId": event_id, "reason": "not_ours"}
    assert refused(finance, "payments_dismiss_event", **dismissal) == "FAILED_PRECONDITION"
    assert refused(finance, "payments_park_event", eventId="platform_evt_no") == "NOT_FOUND"


def test_what_waits_for_its_first_try_is_not_replayed(finance, event_id):
    assert refused(finance, "payments_replay_event", eventId=event_id) == "FAILED_PRECONDITION"


def test_a_repeated_call_answers_the_same_and_counts_once(
    giving, finance, admin, monkeypatch, event_id
):
    fail(giving, monkeypatch, event_id)
    key = str(uuid4())
    first = finance("payments_replay_event", eventId=event_id, idempotencyKey=key)
    giving.backend.run_tasks()

    again = finance("payments_replay_event", eventId=event_id, idempotencyKey=key)
    giving.backend.run_tasks()

    assert again == first
    assert stored(admin, event_id).state == "handled"
    assert len(list(admin.collection("audit_entries").stream())) == 1


@pytest.fixture(params=[False, True], ids=["and ends well", "and fails"])
def fails(request, finance, monkeypatch, event_id):
    """Whether a worker fails that has the event when staff dismiss it."""
    real = following.look

    def dismiss_meanwhile(*place):
        finance("payments_dismiss_event", eventId=event_id, reason="of_no_effect")
        if request.param:
            raise ValueError("broken")
        return real(*place)

    monkeypatch.setattr(following, "look", dismiss_meanwhile)
    return request.param


def test_a_worker_that_has_the_event_already_says_what_became_of_it(giving, admin, event_id, fails):
    giving.backend.task(WORKER, {"eventId": event_id})

    event = stored(admin, event_id)
    assert event.state == ("dismissed" if fails else "handled")
    assert event.attempts == 0
    assert len(list(admin.collection("payment_movements").stream())) == (not fails)


def test_what_was_handled_is_kept_ninety_days_and_what_waits_for_staff_until_it_is(
    giving, finance, admin, set_clock, event_id
):
    start = datetime.now(UTC)
    set_clock(start)
    finance("payments_park_event", eventId=event_id)
    giving.deliver_all()

    def kept():
        return {event.id for event in admin.collection("payment_events").stream()}

    everything = kept()
    assert len(everything) > 2
    set_clock(start + timedelta(days=90, seconds=-1))
    giving.backend.tick("retention_enforce_daily")
    assert kept() == everything

    set_clock(start + timedelta(days=90, seconds=1))
    giving.backend.tick("retention_enforce_daily")
    assert kept() == {event_id}
