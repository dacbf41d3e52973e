"""What a service that is down costs: a clear `unavailable` in time, and never a half-done thing."""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.kit.roles import Role
from tests.support.addresses import closed_port
from tests.support.consents import general
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.firestore_proxy import FirestoreProxy, proxied
from tests.support.giving import CONNECT_WEBHOOK, ITEMS, WORKER, Giving
from tests.support.schemas import resolved, sample
from tests.support.tokens import id_token, staff
from tests.unit.coaching.assessments.samples import WIRE

FOR_EVER = {"times": -1}
FIRESTORE_SECONDS = 10.0
KMS_SECONDS = 2.0
OFFLINE = {
    "assessments_get_questionnaire",
    "catalog_list",
    "subscriptions_list_plans",
    "subscriptions_sync_catalogue",
}
"""Functions that need no database."""
REFUSED_FIRST = {
    "accounts_accept_terms",
    "accounts_before_sign_in",
    "accounts_before_sign_up",
    "accounts_change_role",
    "credentials_change_password",
    "credentials_reset_password",
    "donations_change_monthly",
    "donations_start_monthly",
    "privacy_correct",
    "profiles_update",
}
"""Functions that refuse what is asked here by rules of their own, before they ask the database."""


@pytest.fixture
def giving(backend, stripe):
    """A donor, Stripe and the platform."""
    return Giving(backend, stripe)


def submission():
    return WIRE | {"idempotencyKey": str(uuid4())}


def checkout(**wanted):
    return {"idempotencyKey": str(uuid4()), "items": ITEMS} | wanted


def stored(prefix=""):
    """Return every document of both databases, without when it was written."""
    return {path: fields for path, (fields, _) in export().items() if path.startswith(prefix)}


def refused(action):
    """Return how an action was refused and the seconds that this took."""
    started = time.monotonic()
    with pytest.raises(CallError) as refusal:
        action()
    return refusal.value.status, time.monotonic() - started


def later(action):
    """Return the result of an action once Stripe has ended what it was slow with."""
    for _ in range(10):
        with suppress(CallError):
            return action()
    return action()


@contextmanager
def silent_server():
    """Give an address where everything is taken and nothing answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def read_only():
    """Give the address of a Firestore that answers reads and refuses every commit."""
    proxy = FirestoreProxy(os.environ["FIRESTORE_EMULATOR_HOST"]).start()
    proxy.inject(method="Commit", code="UNAVAILABLE", **FOR_EVER)
    try:
        yield proxy.address
    finally:
        proxy.stop()


@contextmanager
def instead_of_firestore(monkeypatch, address):
    """Lead the backend to this address."""
    from app.kit import firestore

    with monkeypatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", address)
        firestore.client.cache_clear()
        try:
            yield
        finally:
            firestore.client.cache_clear()


def key():
    return {"idempotencyKey": str(uuid4())}


def emergency():
    words = dict.fromkeys(("personnelName", "affiliation", "discloser", "nature"), "Words")
    return {**words, "subjectUid": "ben", "occurredAt": datetime.now(UTC).isoformat(), **key()}


def breach():
    people = dict.fromkeys(("peopleAffected", "coloradoResidents", "mostInOneState"), 1)
    what = {"kind": "malware", "categories": ["coaching"], **key()}
    return {**people, **what, "discoveredAt": datetime.now(UTC).isoformat()}


@pytest.fixture
def run(backend, giving):
    """Leave something to do for every function; return how to run one, which gives its status."""
    from app.kit.triggers import RetryLaterError
    from tests.support.deployed import Kind

    submitted = backend.call("assessments_submit", submission(), uid="ann")
    backend.deliver("assessments_on_submitted", submitted["assessmentId"])
    plan = {"goals": ["Lead"], "timeframe": "1_month", "idempotencyKey": str(uuid4())}
    planned = backend.call("plans_generate", plan, uid="ann")
    giving.give(uid="ann")
    *others, last = giving.events()
    assert {giving.deliver(event).status_code for event in others} == {200}
    backend.run_tasks()
    assert giving.deliver(last).status_code == 200
    requests = {task.function: task.data for task in backend.queues.take()} | {
        "assessments_submit": submission(),
        "assessments_get_result": {"assessmentId": submitted["assessmentId"]},
        "plans_get": {"planId": planned["planId"]},
        "donations_create_checkout": checkout(),
        "consents_give": general(),
        "emergencies_open": emergency(),
        "breaches_record": breach(),
        "retention_place_hold": {**key(), "subject": "bob", "reason": "litigation", "matter": "7"},
    }
    a_document_of = {path.split("/")[1]: path.split("/")[2] for path in stored("(default)/")}

    def right_request(function):
        if function.name in requests or function.request_type is None:
            return requests.get(function.name, {})
        request = sample(resolved(function.schema), lambda _: "text")
        return {name: value for name, value in request.items() if name != "cursor"}

    def run(function):
        match function.kind:
            case Kind.WEBHOOK if function.name == CONNECT_WEBHOOK:
                return giving.deliver_connected(last | {"account": "acct_1"}).status_code
            case Kind.WEBHOOK:
                return giving.deliver(last).status_code
            case Kind.PUBLIC_GET:
                asked = backend.request(function.name, method="GET", query_string=function.query)
                return asked.status_code
            case Kind.TRIGGER:
                try:
                    backend.deliver(function.name, a_document_of.get(function.collection, "none"))
                except RetryLaterError:
                    return 503
                return 204
        # Who has done nothing may do everything, but only she may see what she has.
        uid = "ann" if function.name.endswith(("_get", "_result", "_generate")) else "ben"
        headers = {"Authorization": f"Bearer {id_token(uid, **staff(*Role))}"}
        body = {"data": right_request(function)}
        return backend.request(function.name, json=body, headers=headers).status_code

    for uid in ("ann", "ben"):
        backend.call("assessments_get_questionnaire", {}, uid=uid)  # registers them
    return run


@pytest.mark.parametrize("outage", [closed_port, silent_server, read_only])
def test_without_firestore_nothing_fails_but_with_a_clear_word_in_time(run, monkeypatch, outage):
    from tests.support.deployed import Kind, deployed

    def timed(function):
        started = time.monotonic()
        return function.name, run(function), time.monotonic() - started

    before = stored()
    with (
        outage() as address,
        instead_of_firestore(monkeypatch, address),
        ThreadPoolExecutor(20) as all_at_once,
    ):
        outcomes = list(all_at_once.map(timed, deployed(*Kind)))

    assert {status for _, status, _ in outcomes if status >= 500} == {503}, outcomes
    assert max(seconds for *_, seconds in outcomes) < FIRESTORE_SECONDS, outcomes
    if outage is not read_only:
        assert {name for name, status, _ in outcomes if status != 503} == OFFLINE | REFUSED_FIRST
    assert stored() == before


@pytest.mark.parametrize(
    "fault", [{"code": "UNAVAILABLE"}, {"delay_seconds": 2.5}], ids=["down", "slow"]
)
def test_without_kms_only_people_who_were_here_just_now_are_served(backend, giving, kms, fault):
    from app.platform.records import vault

    mine = backend.call("assessments_submit", submission(), uid="cold")
    backend.call("donations_create_checkout", checkout(dedication="For Sam"), uid="cold")
    vault.keyring.forget()
    backend.call("donations_create_checkout", checkout(), uid="warm")
    before = stored()
    kms.inject(fault | FOR_EVER)
    for uid, name, request in (
        ("new", "assessments_submit", submission()),
        ("new", "donations_create_checkout", checkout(dedication="For Sam")),
        ("cold", "assessments_get_result", {"assessmentId": mine["assessmentId"]}),
        ("cold", "donations_create_checkout", checkout(dedication="For Sam")),
        ("cold", "donations_list", {}),
    ):
        backend.call("assessments_get_questionnaire", {}, uid=uid)  # registers them
        status, seconds = refused(lambda: backend.call(name, request, uid=uid))  # noqa: B023
        assert (status, seconds < KMS_SECONDS) == ("UNAVAILABLE", True), (uid, name, seconds)
    assert stored() == before

    answered = backend.call("assessments_submit", submission(), uid="warm")
    assert backend.call("assessments_get_readiness", {}, uid="warm") | answered["readiness"]
    kms.reset()
    assert backend.call("assessments_get_readiness", {}, uid="cold")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "api_status", "status": 500},
        {"kind": "api_status", "status": 429},
        {"kind": "api_delay", "seconds": 5.0},
    ],
    ids=["down", "too busy", "slow"],
)
def test_without_stripe_no_gift_is_stored_and_the_same_call_works_later(
    backend, giving, stripe, monkeypatch, fault
):
    from app.platform.stripe import gateway

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "TIMEOUT_SECONDS", 0.3)  # instead of 5, to wait less
        gateway._client.cache_clear()  # noqa: SLF001  # it keeps the time it was made with
        backend.call("donations_create_checkout", checkout(), uid="donor")
        before = stored()
        request = checkout()
        stripe.inject(fault | FOR_EVER)

        status, _ = refused(lambda: backend.call("donations_create_checkout", request, uid="donor"))

        assert status == "UNAVAILABLE"
        assert stored() == before
    gateway._client.cache_clear()  # noqa: SLF001  # as above
    stripe._faults.clear()  # noqa: SLF001  # the account keeps what it has
    answer = later(lambda: backend.call("donations_create_checkout", request, uid="donor"))
    assert backend.call("donations_create_checkout", request, uid="donor") == answer
    assert len(stored("(default)/donations/")) == 2
    assert len(giving.api("GET", "/v1/checkout/sessions")["data"]) == 2
    assert giving.pay(answer) == 303


def test_without_the_queue_stripe_is_asked_to_come_again_and_nothing_counts_twice(
    giving, queues, backend
):
    donation_id, intent_id = giving.give()
    event, *_ = giving.events("payment_intent.succeeded")
    queues.down = True

    with ThreadPoolExecutor(3) as at_once:
        answers = list(at_once.map(giving.deliver, [event] * 3))
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    (kept,) = stored("(default)/payment_events/").values()
    assert kept["handledAt"] is None

    queues.down = False
    giving.deliver_all()
    assert stored("(default)/payments/").keys() == {f"(default)/payments/{intent_id}"}
    donation = stored("(default)/donations/")[f"(default)/donations/{donation_id}"]
    assert donation["state"] == "succeeded"
    assert len(stored("(default)/payment_movements/")) == 1


def test_what_is_given_up_is_kept_for_staff_though_a_commit_is_lost(backend):
    with proxied() as proxy:
        proxy.inject(method="Commit", code="DEADLINE_EXCEEDED")
        backend.task(WORKER, {"eventId": "unknown"}, retries=7)

    (letter,) = stored("(default)/dead_letters/").values()
    assert (letter["function"], letter["payload"]) == (WORKER, {"eventId": "unknown"})


@pytest.mark.parametrize("lost", range(4))
def test_the_net_under_the_ledger_takes_any_commit_that_is_lost(backend, giving, set_clock, lost):
    giving.give()
    giving.deliver_all()
    set_clock(datetime.now(UTC) + timedelta(minutes=5))
    with proxied() as proxy:
        proxy.inject(method="Commit", code="DEADLINE_EXCEEDED", skip=lost)
        backend.tick("ledger_sequence_every_minute")
    backend.run_tasks()

    assert backend.get("ledger_page")["size"] == 1
    assert len(stored("(default)/payment_feeds/")) == 1


LOST = [
    pytest.param("(default)", "UNAVAILABLE", id="and the client library repeats it"),
    pytest.param("(default)", "DEADLINE_EXCEEDED", id="for good"),
    pytest.param("(default)", "INTERNAL", id="by a server that broke"),
    pytest.param("keys", "UNAVAILABLE", id="of a first key, repeated"),
    pytest.param("keys", "DEADLINE_EXCEEDED", id="of a first key"),
]


@pytest.mark.parametrize(("database", "code"), LOST)
def test_a_submission_whose_answer_from_the_database_is_lost_is_stored_once(
    backend, database, code
):
    request = submission()
    with proxied() as proxy:
        proxy.inject(method="Commit", database=database, code=code, after=True)
        first = backend.call("assessments_submit", request, uid="ann")
        again = backend.call("assessments_submit", request, uid="ann")

    assert again == first
    assert stored("(default)/assessments/").keys() == {
        f"(default)/assessments/{first['assessmentId']}"
    }
    (state,) = stored("(default)/assessment_state/").values()
    assert state["latestAssessmentId"] == first["assessmentId"]
    assert len(stored("(default)/operations/")) == len(stored("keys/")) == 1
    result = backend.call(
        "assessments_get_result", {"assessmentId": first["assessmentId"]}, uid="ann"
    )
    assert result["answers"] == WIRE


@pytest.mark.parametrize(("database", "code"), LOST)
def test_a_checkout_whose_answer_from_the_database_is_lost_is_stored_once(
    backend, giving, database, code
):
    request = checkout(dedication="For Sam")
    with proxied() as proxy:
        proxy.inject(method="Commit", database=database, code=code, after=True)
        first = backend.call("donations_create_checkout", request, uid="ann")
        again = backend.call("donations_create_checkout", request, uid="ann")

    assert again == first
    assert len(stored("(default)/donations/")) == len(stored("(default)/operations/")) == 1
    assert len(giving.api("GET", "/v1/checkout/sessions")["data"]) == 1
    (gift,) = backend.call("donations_list", {}, uid="ann")["items"]
    assert (gift["donationId"], gift["dedication"]) == (first["donationId"], "For Sam")
