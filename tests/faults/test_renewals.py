"""A burst of renewals: each event twice and in any order, and each renewal counted once."""

import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from app.kit import firestore
from app.platform.mail.models import Locale
from app.platform.subscriptions import store
from app.platform.subscriptions.models.documents import Membership
from app.platform.subscriptions.models.plans import Family, Plan
from tests.support.errors import CallError
from tests.support.giving import MONTH_DAYS
from tests.support.subscribing import DAY, PREMIUM, TRIGGERS, Subscribing

PEOPLE = 500 if os.environ.get("NIGHTLY") else 20
WORKERS = 8


@pytest.fixture
def subscribing(backend, stripe):
    """Stripe, whose catalogue is there, and which books at once."""
    subscribing = Subscribing(backend, stripe)
    subscribing.open()
    subscribing.sandbox("balance", delaySeconds=0)
    return subscribing


def subscriber(subscribing, price_id, uid):
    """Let somebody subscribe without a trial; return the subscription."""
    membership_id = store.membership_id(uid, Family.COACHING)
    membership = Membership(
        uid=uid,
        family=Family.COACHING,
        plan=Plan.PREMIUM,
        locale=Locale.EN,
        checkout_session_id="cs_1",
        created_at=datetime.now(UTC),
    )
    firestore.commit(store.memberships.put(membership_id, membership))
    customer = subscribing.api("POST", "/v1/customers", payment_method="pm_card_visa")["id"]
    (card,) = subscribing.api("GET", f"/v1/customers/{customer}/payment_methods")["data"]
    wanted = {
        "customer": customer,
        "items[0][price]": price_id,
        "default_payment_method": card["id"],
        "metadata[referenceKind]": "membership",
        "metadata[referenceId]": membership_id,
    }
    return subscribing.api("POST", "/v1/subscriptions", **wanted)["id"]


def until_done(act):
    """Do something as the platform does: again while somebody else is at it."""
    for attempt in range(60):
        try:
            return act()
        except CallError as error:
            if error.status != "ABORTED":
                raise
            time.sleep(0.02 * (attempt + 1))
    raise AssertionError("never done")


def drain(subscribing, admin, events):
    """Let events arrive, and run all that follows, several at a time."""
    backend = subscribing.backend
    with ThreadPoolExecutor(WORKERS) as pool:
        statuses = set(pool.map(lambda event: subscribing.deliver(event).status_code, events))
        while tasks := backend.queues.take():
            list(pool.map(lambda t: until_done(lambda: backend.task(t.function, t.data)), tasks))
        told = [
            (trigger, document.id)
            for trigger, collection in TRIGGERS
            for document in admin.collection(collection).list_documents()
        ]
        list(pool.map(lambda each: backend.deliver(*each), told))
    assert statuses == {200}


def test_a_burst_of_renewals_drains_without_a_lost_or_doubled_effect(subscribing, admin, set_clock):
    set_clock(datetime.now(UTC))
    (price,) = subscribing.api("GET", f"/v1/prices?lookup_keys[]={PREMIUM}")["data"]
    people = [f"person{number}" for number in range(PEOPLE)]
    subscriptions = {uid: subscriber(subscribing, price["id"], uid) for uid in people}
    drain(subscribing, admin, subscribing.all_events())
    before = {event["id"] for event in subscribing.all_events()}

    subscribing.sandbox("clock", advanceSeconds=MONTH_DAYS * DAY)
    set_clock(subscribing.stripe_now())
    burst = [event for event in subscribing.all_events() if event["id"] not in before] * 2
    random.Random(PEOPLE).shuffle(burst)  # noqa: S311  # repeatable, not secret
    started = time.monotonic()
    drain(subscribing, admin, burst)
    seconds = time.monotonic() - started
    sys.stdout.write(f"{PEOPLE} renewals in {len(burst)} deliveries drained in {seconds:.1f} s\n")

    moved = [document.to_dict() for document in admin.collection("payment_movements").stream()]
    assert [movement["grossCents"] for movement in moved] == [3900] * 2 * PEOPLE
    by_membership = [movement["reference"]["id"] for movement in moved]
    assert sorted(by_membership) == sorted(
        2 * [store.membership_id(uid, Family.COACHING) for uid in people]
    )
    invoices = [document.to_dict() for document in admin.collection("stripe_invoices").stream()]
    assert [invoice["state"] for invoice in invoices] == ["paid"] * 2 * PEOPLE
    for uid, subscription_id in subscriptions.items():
        (held,) = admin.document(f"entitlements/{uid}").get().get("subscriptions")
        truth = subscribing.stripe_period_end(subscription_id)
        assert (held["state"], held["periodEnd"]) == ("active", truth)
    unhandled = [
        event.id
        for event in admin.collection("payment_events").stream()
        if event.get("handledAt") is None
    ]
    assert unhandled == []
    assert list(admin.collection("outbox").stream()) == []
