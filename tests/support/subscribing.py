"""Subscribing as a person and Stripe do it: pages are filled in, time passes, events arrive."""

import json
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
import stripe as stripe_sdk

from tests.support.giving import EMAIL, NAME, Giving
from tests.support.patience import SOON_SECONDS

if TYPE_CHECKING:
    from flask import Response

DAY = 24 * 60 * 60
PREMIUM = "premium_monthly_usd"
TRIGGERS = (
    ("subscriptions_on_subscription_written", "stripe_subscriptions"),
    ("subscriptions_on_invoice_written", "stripe_invoices"),
)


@dataclass(frozen=True)
class Subscribing(Giving):
    """A subscriber, Stripe and the platform around the backend."""

    def open(self) -> None:
        """Let there be prices at Stripe, as there are when people come."""
        self.backend.tick("subscriptions_sync_catalogue")

    def ask(self, name: str, uid: str = "ann", **data: Any) -> Any:
        """Call a callable that changes something."""
        request = {"idempotencyKey": str(uuid.uuid4()), **data}
        return self.backend.call(f"subscriptions_{name}", request, uid=uid)

    def start(self, uid: str = "ann", price: str = PREMIUM, **wanted: Any) -> Any:
        """Open a page to subscribe on."""
        return self.ask("start", uid, priceKey=price, **wanted)

    def submit(self, page: dict[str, Any], method: str = "pm_card_visa", **form: str) -> int:
        """Fill in the page and return its HTTP status: 303 is done, 402 declined."""
        sent = {"action": "pay", "payment_method": method, "email": EMAIL, "name": NAME, **form}
        reply = requests.post(
            page["checkoutUrl"], data=sent, allow_redirects=False, timeout=SOON_SECONDS
        )
        return reply.status_code

    def subscribe(self, uid: str = "ann", price: str = PREMIUM, **wanted: Any) -> str:
        """Subscribe, let it be known, and return the membership's id."""
        method = wanted.pop("method", "pm_card_visa")
        page = self.start(uid, price, **wanted)
        assert self.submit(page, method) == requests.codes.see_other
        self.arrive()
        return str(page["membershipId"])

    def got(self, uid: str = "ann") -> Any:
        """Return what a person has."""
        return self.backend.call("subscriptions_get", {}, uid=uid)

    def pass_time(self, days: float) -> datetime:
        """Let time pass at Stripe, and return what time it is there."""
        self.sandbox("clock", advanceSeconds=days * DAY)
        return self.stripe_now()

    def stripe_now(self) -> datetime:
        """Return the time at Stripe."""
        return datetime.fromtimestamp(self.stripe.status()["now"], UTC)

    def stripe_period_end(self, subscription_id: str) -> datetime:
        """Return until when a subscription is paid for, by what Stripe says."""
        (item,) = self.api("GET", f"/v1/subscriptions/{subscription_id}")["items"]["data"]
        return datetime.fromtimestamp(item["current_period_end"], UTC)

    def deliver(self, event: dict[str, Any]) -> "Response":
        """Send an event as Stripe does, signed at the time that it is here."""
        from app.kit import clock  # reads the environment

        body = json.dumps(event, indent=2, ensure_ascii=False)
        secret = os.environ["STRIPE_WEBHOOK_SECRETS"].split(",")[0]
        at = int(clock.now().timestamp())
        header = stripe_sdk.WebhookSignature.generate_signature_header(body, secret, timestamp=at)
        return self.send(body.encode(), header)

    def all_events(self) -> list[dict[str, Any]]:
        """Return every event so far, oldest first."""
        found: list[dict[str, Any]] = []
        more, after = True, ""
        while more:
            page = self.api("GET", f"/v1/events?limit=100{after}")
            found += page["data"]
            more = page["has_more"]
            after = f"&starting_after={found[-1]['id']}" if found else ""
        return found[::-1]

    def arrive(self) -> None:
        """Let every event arrive that has not, and run the tasks and triggers that follow."""
        self.mirror()
        self.tell()

    def mirror(self) -> None:
        """Let every event arrive that has not, and run the tasks that follow."""
        known = {seen.id.partition("_")[2] for seen in self._events_kept()}
        for event in self.all_events():
            if event["id"] not in known:
                assert self.deliver(event).status_code == requests.codes.ok
        self.backend.run_tasks()

    def tell(self) -> None:
        """Run the triggers for every mirror, as the platform does after writes."""
        from google.cloud.firestore import Client

        from tests.support.tokens import PROJECT

        for trigger, collection in TRIGGERS:
            for document in Client(project=PROJECT).collection(collection).list_documents():
                self.backend.deliver(trigger, document.id)

    def _events_kept(self) -> Any:
        from google.cloud.firestore import Client

        from tests.support.tokens import PROJECT

        return Client(project=PROJECT).collection("payment_events").list_documents()


def entitle(uid: str, until: datetime | None = None) -> None:
    """Let a person have Premium, as if Stripe had said so."""
    from app.kit import firestore  # reads the environment
    from app.platform.payments.models.documents import SubscriptionState
    from app.platform.subscriptions import store
    from app.platform.subscriptions.models.documents import Entitlements, Held
    from app.platform.subscriptions.models.plans import Family, Plan

    at = datetime.now(UTC)
    held = Held(
        subscription_id="sub_1",
        membership_id="m1",
        family=Family.COACHING,
        plan=Plan.PREMIUM,
        seats=1,
        unit_amount_cents=3900,
        interval="month",
        state=SubscriptionState.ACTIVE,
        period_end=until or at + timedelta(days=3650),
        trial_end=None,
        ends_at=None,
        unpaid_since=None,
        created_at=at,
    )
    document = store.entitlements.put(uid, Entitlements(subscriptions=(held,)))
    firestore.commit(document)
