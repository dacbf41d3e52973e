"""Coaches and vendors who are paid: clients pay, things are completed, Stripe tells of it."""

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
import stripe as stripe_sdk

from tests.support.giving import Giving
from tests.support.patience import SOON_SECONDS

if TYPE_CHECKING:
    from flask import Response

BANK_THAT_REFUSES = "000111111116"
BOOKING = "booking"


@dataclass
class Payees:
    """Those who are paid, and the time, which passes here and at Stripe alike."""

    giving: Giving
    set_clock: Callable[[datetime], None]
    ahead: timedelta = field(default_factory=timedelta)

    @property
    def backend(self) -> Any:
        """The functions."""
        return self.giving.backend

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead

    def wait(self, **span: float) -> None:
        """Let time pass."""
        passing = timedelta(**span)
        self.ahead += passing
        self.giving.sandbox("clock", advanceSeconds=passing.total_seconds())
        self.set_clock(self.now())

    def call(self, name: str, uid: str = "coach", kind: str = "coach", **data: Any) -> Any:
        """Call a function as a coach or vendor."""
        request = {"kind": kind, **data}
        return self.backend.call(name, request, uid=uid, roles=[kind])

    def open_page(self, uid: str = "coach", kind: str = "coach") -> str:
        """Ask for the page at Stripe where an account is completed, and return its address."""
        key = {"idempotencyKey": str(uuid.uuid4()), "locale": "en"}
        answer: Any = self.call("connect_onboard", uid, kind, **key)
        return str(answer["onboardingUrl"])

    def onboard(self, uid: str = "coach", kind: str = "coach", **form: str) -> str:
        """Complete somebody's account, and return its id."""
        url = self.open_page(uid, kind)
        complete(url, **form)
        self.deliver_all()
        return self.account_id(uid, kind)

    def account_id(self, uid: str = "coach", kind: str = "coach") -> str:
        """Return the id of somebody's account at Stripe."""
        from app.platform.connect import store  # reads the environment
        from app.platform.connect.policy.payees import payee_id

        payee = store.payees.get(payee_id(uid, kind))  # type: ignore[arg-type]
        assert payee is not None
        return payee.account_id

    def pay(self, cents: int, thing: str = "b1", method: str = "pm_card_visa", **more: Any) -> str:
        """Let a client pay for a thing, and return the PaymentIntent."""
        self.giving.sandbox("balance", delaySeconds=0)
        intent = self.giving.api(
            "POST",
            "/v1/payment_intents",
            amount=cents,
            currency="usd",
            payment_method=method,
            confirm="true",
            **{"metadata[referenceKind]": BOOKING, "metadata[referenceId]": thing},
            **more,
        )
        self.giving.sandbox("clock", advanceSeconds=1)  # the balance transaction, a dispute
        return str(intent["id"])

    def complete(self, intent_id: str, price: int, thing: str = "b1", uid: str = "coach") -> str:
        """Let a thing be completed, and return the id of what it earned."""
        from app.kit import firestore  # reads the environment
        from app.platform.connect import earnings
        from app.platform.connect.policy.earnings import earning_id
        from app.platform.payments.models.documents import Reference

        reference = Reference(kind=BOOKING, id=thing)
        kind = earnings.PayeeKind.COACH
        firestore.commit(
            *earnings.accrue(
                reference,
                uid,
                kind,
                price_cents=price,
                payment_intent_id=intent_id,
                at=self.now(),
            )
        )
        return earning_id(reference)

    def book(self, price: int = 10_000, thing: str = "b1", **payment: Any) -> tuple[str, str]:
        """Let a client pay for a thing that is completed at once: the payment and the earning."""
        from app.platform.connect.policy.pricing import charge

        intent_id = self.pay(charge(price).amount_cents, thing, **payment)
        return intent_id, self.complete(intent_id, price, thing)

    def send(self, cents: int, thing: str = "d1", uid: str = "vendor") -> str:
        """Send a vendor money of the platform's own, and return the id of what moves it."""
        from app.kit import firestore  # reads the environment
        from app.platform.connect import earnings
        from app.platform.connect.policy.earnings import earning_id
        from app.platform.payments.models.documents import Reference

        reference = Reference(kind="disbursement", id=thing)
        kind = earnings.PayeeKind.VENDOR
        firestore.commit(*earnings.send(reference, uid, kind, amount_cents=cents, at=self.now()))
        return earning_id(reference)

    def release(self) -> None:
        """Run the schedule and what it queues."""
        self.set_clock(self.now())
        self.backend.tick("connect_release_earnings")
        self.backend.run_tasks()

    def deliver_all(self, *, triggers: bool = True) -> None:
        """Deliver every event of everybody, and run every trigger of connect, or lose them."""
        self.set_clock(self.now())
        for event in self.giving.events():
            assert self.deliver(event).status_code == requests.codes.ok
        for account in self.giving.api("GET", "/v1/accounts?limit=100")["data"]:
            for event in self.events_of(account["id"]):
                assert self.deliver(event).status_code == requests.codes.ok
        self.backend.run_tasks()
        if triggers:
            self.tell()

    def events_of(self, account_id: str) -> list[dict[str, Any]]:
        """Return the events of a connected account, oldest first."""
        found: Any = self.asking(account_id, "GET", "/v1/events?limit=100")["data"]
        return [event | {"account": account_id} for event in reversed(found)]

    def deliver(self, event: dict[str, Any]) -> "Response":
        """Send an event as Stripe does, to the webhook for whose account it is about."""
        connected = event.get("account") is not None
        secrets = "STRIPE_CONNECT_WEBHOOK_SECRETS" if connected else "STRIPE_WEBHOOK_SECRETS"
        body, secret = json.dumps(event), os.environ[secrets].split(",")[0]
        signature = stripe_sdk.WebhookSignature.generate_signature_header(
            body, secret, int(self.now().timestamp())
        )
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        name = f"payments_{'connect' if connected else 'stripe'}_webhook"
        answer: Response = self.backend.request(name, data=body.encode(), headers=headers)
        return answer

    def tell(self) -> None:
        """Run the triggers of connect for every mirror, and what they queue."""
        from app.platform.payments.store import truth  # reads the environment

        for name, collection in (
            ("connect_on_account_written", truth.accounts),
            ("connect_on_payment_written", truth.payments),
            ("connect_on_payout_written", truth.payouts),
        ):
            for seen in collection.find(limit=200):
                self.backend.deliver(name, seen.id)
        self.backend.run_tasks()

    def transfers(self) -> list[dict[str, Any]]:
        """Return every transfer at Stripe."""
        found: Any = self.giving.api("GET", "/v1/transfers?limit=100")["data"]
        return list(found)

    def net(self) -> int:
        """Return what was transferred at Stripe, less what was taken back."""
        return sum(made["amount"] - made["amount_reversed"] for made in self.transfers())

    def asking(self, account_id: str, method: str, path: str, **form: Any) -> dict[str, Any]:
        """Ask Stripe's API as a connected account."""
        reply = requests.request(
            method,
            os.environ["STRIPE_API_BASE"] + path,
            data=form or None,
            headers={
                "Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}",
                "Stripe-Account": account_id,
            },
            timeout=SOON_SECONDS,
        )
        reply.raise_for_status()
        body: dict[str, Any] = reply.json()
        return body


def complete(url: str, **form: str) -> None:
    """Fill in Stripe's page about an account."""
    page = requests.get(url, timeout=SOON_SECONDS)
    fields = {"action": "complete", **form}
    requests.post(
        page.url, data=fields, allow_redirects=False, timeout=SOON_SECONDS
    ).raise_for_status()
