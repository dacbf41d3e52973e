"""Giving as a donor and Stripe do it: the Checkout page is paid, and events are delivered."""

import json
import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
import stripe as stripe_sdk

from app.kit import clock
from tests.support.patience import SOON_SECONDS

if TYPE_CHECKING:
    from flask import Response

    from sandbox.stripe.server import StripeStandIn
    from tests.support.backend import Backend

ITEMS = [{"itemId": "housing", "quantity": 2}]
DAY_SECONDS = 86_400
MONTH_DAYS = 32
"""After these, whatever the date, one more payment of what is paid monthly is made, and its invoice
no draft any longer. It holds up to four times in a row."""
WEBHOOK = "payments_stripe_webhook"
CONNECT_WEBHOOK = "payments_connect_webhook"
WORKER = "paymentsProcessEventTask"
EMAIL = "canary-email@example.org"
NAME = "Canary Name"


@dataclass(frozen=True)
class Giving:
    """A donor, Stripe and the platform around the backend."""

    backend: "Backend"
    stripe: "StripeStandIn"

    def checkout(self, uid: str = "donor", **wanted: Any) -> dict[str, Any]:
        """Open a Checkout page; `wanted` adds to or replaces parts of a plain request."""
        request = {"idempotencyKey": str(uuid.uuid4()), "items": ITEMS, **wanted}
        answer: dict[str, Any] = self.backend.call("donations_create_checkout", request, uid=uid)
        return answer

    def start_monthly(self, uid: str = "donor", **wanted: Any) -> dict[str, Any]:
        """Open the page where a monthly gift begins."""
        key = {"idempotencyKey": str(uuid.uuid4())}
        request = {**key, "items": ITEMS, "locale": "en", **wanted}
        answer: dict[str, Any] = self.backend.call("donations_start_monthly", request, uid=uid)
        return answer

    def give_monthly(self, uid: str = "donor", **wanted: Any) -> str:
        """Begin a monthly gift, let everything follow, and return its id."""
        checkout = self.start_monthly(uid, **wanted)
        assert self.pay(checkout) == requests.codes.see_other
        self.deliver_all()
        return str(checkout["monthlyGiftId"])

    def advance(self, days: int) -> None:
        """Let time pass at Stripe, and everything follow."""
        self.sandbox("clock", advanceSeconds=days * DAY_SECONDS)
        self.deliver_all()

    def pay(self, checkout: dict[str, Any], method: str = "pm_card_visa") -> int:
        """Fill in the hosted page and return its HTTP status: 303 is paid, 402 declined."""
        form = {"action": "pay", "payment_method": method, "email": EMAIL, "name": NAME}
        url = checkout["checkoutUrl"]
        return requests.post(
            url, data=form, allow_redirects=False, timeout=SOON_SECONDS
        ).status_code

    def give(self, **wanted: Any) -> tuple[str, str]:
        """Give, and return the ids of the donation and of its PaymentIntent."""
        self.sandbox("balance", delaySeconds=None)
        checkout = self.checkout(**wanted)
        assert self.pay(checkout) == requests.codes.see_other
        self.sandbox("release")
        return checkout["donationId"], self.intent_id()

    def intent_id(self) -> str:
        """Return the newest PaymentIntent."""
        return str(self.api("GET", "/v1/payment_intents")["data"][0]["id"])

    def events(self, pattern: str = "") -> list[dict[str, Any]]:
        """Return the events so far whose type begins so, oldest first."""
        listed = self.api("GET", "/v1/events?limit=100")["data"][::-1]
        return [event for event in listed if event["type"].startswith(pattern)]

    def deliver(self, event: dict[str, Any]) -> "Response":
        """Send an event as Stripe does."""
        return self.send(json.dumps(event, indent=2, ensure_ascii=False).encode())

    def deliver_connected(self, event: dict[str, Any]) -> "Response":
        """Send an event of a connected account, as Stripe does."""
        secrets = os.environ["STRIPE_CONNECT_WEBHOOK_SECRETS"]
        return self._post(CONNECT_WEBHOOK, json.dumps(event, indent=2).encode(), secrets)

    def send(self, body: bytes, header: str | None = None) -> "Response":
        """Send a body to the webhook, by default with the signature of its text."""
        return self._post(WEBHOOK, body, os.environ["STRIPE_WEBHOOK_SECRETS"], header)

    def _post(
        self, webhook: str, body: bytes, secrets: str, header: str | None = None
    ) -> "Response":
        if header is None:
            text = body.decode("utf-8", "surrogateescape")
            secret = secrets.split(",", maxsplit=1)[0]
            at = int(clock.now().timestamp())  # Stripe's clock goes as ours does
            header = stripe_sdk.WebhookSignature.generate_signature_header(text, secret, at)
        headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
        return self.backend.request(webhook, data=body, headers=headers)

    def deliver_all(self) -> None:
        """Deliver every event, run its task, and tell the donation of its payments."""
        for event in self.events():
            assert self.deliver(event).status_code == requests.codes.ok
        self.backend.run_tasks()
        self.tell()

    def tell(self) -> None:
        """Run the triggers for each mirror, as the platform does after a write."""
        from app.platform.payments.store.truth import (  # reads the environment
            payments,
            subscriptions,
        )

        for subscription in subscriptions.find(limit=100):
            self.backend.deliver("donations_on_subscription_written", subscription.id)
        for payment in payments.find(limit=100):
            self.backend.deliver("donations_on_payment_written", payment.id)

    def refund(self, intent_id: str, cents: int) -> dict[str, Any]:
        """Refund part of a payment and return the refund."""
        return self.api("POST", "/v1/refunds", payment_intent=intent_id, amount=cents)

    def api(self, method: str, path: str, **form: Any) -> dict[str, Any]:
        """Ask Stripe's API, as staff do with the dashboard."""
        reply = requests.request(
            method,
            os.environ["STRIPE_API_BASE"] + path,
            data=form or None,
            headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
            timeout=SOON_SECONDS,
        )
        reply.raise_for_status()
        body: dict[str, Any] = reply.json()
        return body

    def sandbox(self, name: str, **fields: Any) -> None:
        """Steer the stand-in."""
        url = f"{os.environ['STRIPE_API_BASE']}/_sandbox/{name}"
        requests.post(url, json=fields, timeout=SOON_SECONDS).raise_for_status()
