"""Subscriptions under faults: in any order and number of deliveries, access is what Stripe says."""

import contextlib
import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from app.kit.firestore import OutcomeUnknownError
from app.platform.subscriptions import store
from tests.support.errors import CallError
from tests.support.subscribing import DAY, TRIGGERS, Subscribing

STORIES = 25 if os.environ.get("NIGHTLY") else 3
STEPS = 9
GRACE = timedelta(days=7)


class Story:
    """A subscriber to whom things happen, and a platform that hears of some of them."""

    def __init__(self, subscribing, admin, set_clock, seed):
        self.stripe = subscribing
        self.admin = admin
        self.set_clock = set_clock
        self.chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self.membership_id = subscribing.subscribe(method="pm_card_visa")
        (self.subscription,) = subscribing.api("GET", "/v1/subscriptions?status=all")["data"]
        customer = {"customer": self.subscription["customer"]}
        self.cards = [
            subscribing.api("POST", f"/v1/payment_methods/{name}/attach", **customer)["id"]
            for name in ("pm_card_visa", "pm_card_chargeCustomerFail")
        ]
        self.ended = False

    def happen(self):
        """Let something happen at Stripe."""
        act = self.chance.choice(("time", "time", "time", "cancel", "resume", "card", "pay"))
        if act == "time":
            self.stripe.sandbox("clock", advanceSeconds=self.chance.choice((2, 5, 12)) * DAY)
            self.set_clock(self.stripe.stripe_now())
        elif act in {"cancel", "resume"}:
            self.ignoring(lambda: self.stripe.ask(act, membershipId=self.membership_id))
        elif act == "card":
            where = f"/v1/subscriptions/{self.subscription['id']}"
            card = self.chance.choice(self.cards)
            self.ignoring(lambda: self.stripe.api("POST", where, default_payment_method=card))
        else:
            for invoice in self.owed():
                where = f"/v1/invoices/{invoice['id']}/pay"
                self.ignoring(
                    lambda w=where: self.stripe.api("POST", w, payment_method=self.cards[0])
                )

    def hear(self):
        """Let some events arrive, some twice, and lose some tasks and triggers."""
        events = self.stripe.all_events()
        for event in self.chance.choices(events, k=self.chance.randint(0, 12)):
            self.stripe.deliver(event)
        for task in self.stripe.backend.queues.take():
            if self.chance.random() < 0.7:
                self.stripe.backend.task(task.function, task.data)
        self.follow(0.5)

    def hear_all(self):
        """Let every event arrive, in any order."""
        events = self.stripe.all_events()
        self.chance.shuffle(events)
        for event in events:
            self.stripe.deliver(event)
        self.stripe.backend.run_tasks()
        self.follow(1)

    def follow(self, share):
        """Run this share of the triggers, in any order."""
        found = [
            (trigger, document.id)
            for trigger, collection in TRIGGERS
            for document in self.admin.collection(collection).list_documents()
        ]
        for trigger, document_id in self.chance.sample(found, int(len(found) * share)):
            self.stripe.backend.deliver(trigger, document_id)
        (shown,) = self.stripe.got()["items"]
        self.ended = self.ended or shown["state"] == "canceled"
        assert not (self.ended and self.stripe.got()["active"])

    def owed(self):
        """Return the invoices at Stripe that are not paid."""
        where = f"/v1/invoices?limit=100&subscription={self.subscription['id']}"
        return [i for i in self.stripe.api("GET", where)["data"] if i["status"] == "open"]

    def expected(self):
        """Return whether there is access by what Stripe says, and the time."""
        now = self.stripe.stripe_now()
        truth = self.stripe.api("GET", f"/v1/subscriptions/{self.subscription['id']}")
        (item,) = truth["items"]["data"]
        ends = {
            "active": item["current_period_end"] + 7 * DAY,
            "trialing": item["current_period_end"] + 7 * DAY,
            "past_due": min((i["created"] for i in self.owed()), default=0) + 7 * DAY,
        }
        end = min(ends.get(truth["status"], 0), truth["cancel_at"] or 2**40)
        return now < datetime.fromtimestamp(end, UTC), truth["status"]

    @staticmethod
    def ignoring(act):
        """Do what the subscription may not be in a state for."""
        with contextlib.suppress(CallError, OSError):  # refused, by us or by Stripe
            act()


@pytest.fixture
def subscribing(backend, stripe):
    """A subscriber and Stripe, whose catalogue is there."""
    subscribing = Subscribing(backend, stripe)
    subscribing.open()
    return subscribing


@pytest.fixture
def entitlement(admin):
    """Return what is stored of a person's subscriptions, without its bookkeeping."""

    def entitlement(uid="ann"):
        stored = admin.document(f"entitlements/{uid}").get().to_dict()
        return {name: stored[name] for name in ("subscriptions", "dueAt")}

    return entitlement


@pytest.mark.parametrize("seed", range(STORIES))
def test_any_history_heard_in_any_way_gives_the_access_that_stripe_says(
    subscribing, admin, set_clock, entitlement, seed
):
    set_clock(datetime.now(UTC))
    story = Story(subscribing, admin, set_clock, seed)
    for _ in range(STEPS):
        story.happen()
        story.hear()
    story.hear_all()

    got = subscribing.got()
    assert (got["active"], got["items"][0]["state"]) == story.expected()
    stored = entitlement()
    story.hear_all()
    story.hear()
    assert entitlement() == stored


def test_a_lost_answer_to_the_commit_writes_and_mails_once(
    subscribing, admin, set_clock, monkeypatch
):
    from app.kit import firestore

    set_clock(datetime.now(UTC))
    subscribing.subscribe(method="pm_card_chargeCustomerFail")
    subscribing.sandbox("clock", advanceSeconds=14.2 * DAY)
    set_clock(subscribing.stripe_now())
    subscribing.mirror()
    real, lost = firestore.commit, []

    def commit_and_lose(*writes):
        real(*writes)
        if not lost:
            lost.append(True)
            raise OutcomeUnknownError

    with monkeypatch.context() as losing:
        losing.setattr(firestore, "commit", commit_and_lose)
        subscribing.tell()

    assert lost
    assert [mail.get("template") for mail in admin.collection("outbox").get()] == ["payment_failed"]
    assert subscribing.got()["items"][0]["state"] == "past_due"


def test_while_stripe_is_down_access_follows_and_the_mail_comes_later(
    subscribing, stripe, admin, set_clock
):
    set_clock(datetime.now(UTC))
    subscribing.subscribe(method="pm_card_chargeCustomerFailLost")
    set_clock(datetime.now(UTC) + timedelta(minutes=3))
    subscribing.backend.tick("subscriptions_sweep_entitlements")  # nothing else is left to follow
    subscribing.sandbox("clock", advanceSeconds=14.2 * DAY)
    set_clock(subscribing.stripe_now())
    subscribing.mirror()
    looks = 3  # each with two more tries
    stripe.inject({"kind": "api_status", "status": 500, "times": 3 * looks})
    subscribing.tell()
    assert not stripe.status()["faults"]

    assert subscribing.got()["items"][0]["state"] == "past_due"
    assert list(admin.collection("outbox").stream()) == []
    set_clock(subscribing.stripe_now() + timedelta(minutes=1))
    subscribing.backend.tick("subscriptions_sweep_entitlements")
    mails = admin.collection("outbox").get()
    assert [mail.get("template") for mail in mails] == ["card_refused"]


def test_of_two_that_follow_at_once_the_later_truth_stays(subscribing, set_clock, monkeypatch):
    """A trigger that saw the subscription before it changed cannot write over one that saw it."""
    set_clock(datetime.now(UTC))
    membership_id = subscribing.subscribe()
    (subscription,) = subscribing.api("GET", "/v1/subscriptions")["data"]
    trigger = "subscriptions_on_subscription_written"
    real, rivals = store.Followed, []

    def change_meanwhile(*fields):
        if not rivals:
            rivals.append(True)
            subscribing.ask("cancel", membershipId=membership_id)
            subscribing.mirror()
            subscribing.backend.deliver(trigger, subscription["id"])
        return real(*fields)

    from app.platform.subscriptions.functions import following

    subscribing.sandbox("clock", advanceSeconds=14.2 * DAY)
    set_clock(subscribing.stripe_now())
    subscribing.mirror()
    with monkeypatch.context() as racing:
        racing.setattr(following, "Followed", change_meanwhile)
        subscribing.backend.deliver(trigger, subscription["id"])

    assert rivals
    assert subscribing.got()["items"][0]["endsAt"] is not None
