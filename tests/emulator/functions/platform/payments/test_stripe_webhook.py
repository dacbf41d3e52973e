"""`payments_stripe_webhook`: what Stripe signed is stored once and queued; all else is refused."""

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
import stripe as sdk

from tests.support.giving import EMAIL, NAME, WEBHOOK, WORKER


@pytest.fixture
def event(giving):
    """An event of a gift, as Stripe sends it."""
    giving.give()
    return giving.events("charge.succeeded")[0]


def stored(admin):
    """Every document that the webhook may write."""
    return {d.id: d.to_dict() for d in admin.collection("payment_events").stream()}


def signed(body: str, secret: str, seconds_ago: int = 0) -> str:
    at = int(time.time()) - seconds_ago
    return sdk.WebhookSignature.generate_signature_header(body, secret, at)


def test_it_stores_what_happened_and_queues_finding_out(giving, admin, queues, event):
    answer = giving.deliver(event)

    assert (answer.status_code, answer.get_json()) == (200, {})
    (event_id,) = (document_id,) = stored(admin)
    assert document_id == f"platform_{event['id']}"
    document = stored(admin)[event_id]
    assert document.pop("dueAt") - document.pop("receivedAt") == timedelta(minutes=2)
    assert document == {
        "account": "platform",
        "type": "charge.succeeded",
        "livemode": False,
        "apiVersion": event["api_version"],
        "objectId": event["data"]["object"]["id"],
        "rootId": giving.intent_id(),
        "state": "received",
        "handledAt": None,
        "attempts": 0,
        "problem": None,
        "reason": None,
        "revision": 0,
        "writeId": "",
    }
    assert [(task.function, task.data) for task in queues.accepted] == [
        (WORKER, {"eventId": event_id})
    ]


def test_nothing_of_the_body_is_kept(giving, admin, queues, capfd, event):
    assert EMAIL in json.dumps(event)
    assert NAME in json.dumps(event)

    giving.deliver(event)

    seen = repr(stored(admin)) + repr(queues.accepted) + "".join(capfd.readouterr())
    assert EMAIL not in seen
    assert NAME not in seen


def _refusals():
    def body(event):
        return json.dumps(event, indent=2).encode()

    def sent(name, make_body, make_header, field):
        return pytest.param((make_body, make_header, field), id=name)

    def right(body, secret):
        return signed(body.decode("utf-8", "replace"), secret)

    signature = "Stripe-Signature"
    anew = "the body written anew"
    return [
        sent("unsigned", body, lambda _b, _s: "", signature),
        sent("wrong secret", body, lambda b, _: signed(b.decode(), "whsec_wrong"), signature),
        sent("stale", body, lambda b, s: signed(b.decode(), s, 302), signature),
        sent("future", body, lambda b, s: signed(b.decode(), s, -330), signature),
        sent(anew, body, lambda b, s: signed(json.dumps(json.loads(b)), s), signature),
        sent("a list", lambda _: b"[]", right, "data"),
        sent("no object", lambda _: b"null", right, "data"),
        sent("no JSON", lambda _: b"{", right, "body"),
        sent("empty", lambda _: b"", right, "body"),
        sent("live", lambda e: body(e | {"livemode": True}), right, "livemode"),
        sent("no id", lambda e: body({**e, "id": None}), right, "id"),
        sent("a path for an id", lambda e: body(e | {"id": "evt_1/../x"}), right, "id"),
        sent("no data", lambda e: body({k: e[k] for k in e if k != "data"}), right, "data"),
        sent("twice", lambda e: body(e)[:-1] + b', "id": "evt_2"}', right, "id"),
    ]


@pytest.mark.parametrize("refused", _refusals())
def test_refusals_store_nothing(giving, stripe, admin, event, refused):
    make_body, make_header, field = refused
    body = make_body(event)
    secret = stripe.environment()["STRIPE_WEBHOOK_SECRETS"].split(",")[0]

    answer = giving.send(body, make_header(body, secret))

    assert answer.status_code == 400
    assert [problem["field"] for problem in answer.get_json()["error"]["details"]] == [field]
    assert stored(admin) == {}
    assert giving.backend.queues.accepted == []


def test_bytes_that_are_no_text_are_refused(giving, stripe, admin):
    secret = stripe.environment()["STRIPE_WEBHOOK_SECRETS"].split(",")[0]
    body, at = b'{"id": "\xff"}', int(time.time())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()

    answer = giving.send(body, f"t={at},v1={digest}")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["details"] == [
        {"field": "body", "problem": "must be JSON in UTF-8"}
    ]
    assert stored(admin) == {}


def test_a_body_over_512_kib_is_not_read(giving, admin):
    assert giving.send(b" " * (512 * 1024 + 1)).status_code == 413
    assert stored(admin) == {}


def test_it_is_post_only(giving):
    assert giving.backend.request(WEBHOOK, method="GET").status_code == 405


def test_both_active_secrets_count(giving, stripe, admin, event):
    for number, secret in enumerate(stripe.environment()["STRIPE_WEBHOOK_SECRETS"].split(",")):
        body = json.dumps(event | {"id": f"evt_{number}"})
        assert giving.send(body.encode(), signed(body, secret)).status_code == 200

    assert len(stored(admin)) == 2


def test_a_repetition_is_queued_again_until_it_is_handled(giving, admin, queues, event):
    for _ in range(3):
        assert giving.deliver(event).status_code == 200
    assert len(stored(admin)) == 1
    assert len(queues.accepted) == 3

    giving.backend.run_tasks()
    assert giving.deliver(event).status_code == 200
    assert len(queues.accepted) == 3


def test_what_cannot_be_queued_is_sent_again(giving, admin, queues, event):
    queues.down = True
    answer = giving.deliver(event)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert queues.refused == 2  # soon, so that Stripe need not wait for it

    queues.down = False
    assert giving.deliver(event).status_code == 200
    assert len(queues.accepted) == 1


def test_what_leads_nowhere_is_recorded_as_ignored(giving, admin, queues, event):
    for number, thing in enumerate(({"id": "cus_1", "object": "customer"}, {"object": "balance"})):
        giving.deliver(event | {"id": f"evt_{number}", "data": {"object": thing}})

    assert {value["state"] for value in stored(admin).values()} == {"ignored"}
    assert len(stored(admin)) == 2
    assert queues.accepted == []


@pytest.fixture
def connect_secret(monkeypatch):
    """The signing secret of the webhook for connected accounts."""
    monkeypatch.setenv("STRIPE_CONNECT_WEBHOOK_SECRETS", "whsec_connect")
    return "whsec_connect"


def connected(backend, event, secret):
    body = json.dumps(event)
    headers = {"Stripe-Signature": signed(body, secret), "Content-Type": "application/json"}
    return backend.request("payments_connect_webhook", data=body.encode(), headers=headers)


def test_connected_accounts_have_a_webhook_of_their_own(
    backend, stripe, admin, event, connect_secret
):
    about = {"id": "acct_1", "object": "account"}
    event |= {"type": "account.updated", "account": "acct_1", "data": {"object": about}}
    ours = stripe.environment()["STRIPE_WEBHOOK_SECRETS"].split(",")[0]

    assert connected(backend, event, ours).status_code == 400
    assert stored(admin) == {}

    assert connected(backend, event, connect_secret).status_code == 200
    (document,) = stored(admin).values()
    assert (document["account"], document["rootId"]) == ("acct_1", "acct_1")
    assert [task.data for task in backend.queues.accepted] == [{"eventId": f"acct_1_{event['id']}"}]


def test_neither_webhook_takes_what_belongs_to_the_other(
    backend, giving, admin, event, connect_secret
):
    assert giving.deliver(event | {"account": "acct_1"}).status_code == 400
    assert connected(backend, event, connect_secret).status_code == 400
    assert stored(admin) == {}
