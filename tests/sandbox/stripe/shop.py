"""A shop that sells through the stand-in: the real SDK, a customer and a webhook endpoint."""

import threading
from collections.abc import Callable
from typing import Any

import requests
import stripe

from sandbox.http import Request, Response, Route, Server
from sandbox.stripe.account import API_VERSION
from sandbox.stripe.server import StripeStandIn
from tests.support.patience import SOON_SECONDS, until


class Endpoint:
    """A webhook endpoint that keeps what it gets.

    Attributes:
        answers: the statuses of the next answers; 200 once they are used up.
    """

    def __init__(self) -> None:
        self.answers: list[int] = []
        self._changed = threading.Condition()
        self._received: list[tuple[str, bytes]] = []
        self._server = Server([Route("POST", "/hooks", self._take)]).start()
        self.url = f"{self._server.url}/hooks"
        self.stop = self._server.stop

    def clear(self) -> None:
        with self._changed:
            self._received.clear()
            self.answers.clear()

    def until(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until the events received are enough, and return them in order of arrival."""
        with self._changed:
            assert self._changed.wait_for(lambda: enough(self._events()), SOON_SECONDS), (
                f"got only {[event['type'] for event in self._events()]}"
            )
            return self._events()

    def until_type(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` events of a type and return those."""

        def of_type(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [event for event in events if event["type"] == kind]

        return of_type(self.until(lambda events: len(of_type(events)) >= count))

    def deliveries(self) -> list[tuple[str, bytes]]:
        """Return signature header and body of each delivery."""
        with self._changed:
            return list(self._received)

    def _events(self) -> list[dict[str, Any]]:
        return [Request("", "", {}, {}, body).json() for _, body in self._received]

    def _take(self, request: Request) -> Response:
        with self._changed:
            self._received.append((request.headers["stripe-signature"], request.body))
            self._changed.notify_all()
            return Response(status=self.answers.pop(0) if self.answers else 200)


class Shop:
    """What a test does to the stand-in."""

    def __init__(self, standin: StripeStandIn, endpoint: Endpoint, connect: Endpoint) -> None:
        environment = standin.environment()
        self.standin = standin
        self.endpoint = endpoint
        self.connect = connect
        self.base = environment["STRIPE_API_BASE"]
        self.api_key = environment["STRIPE_API_KEY"]
        self.secrets = environment["STRIPE_WEBHOOK_SECRETS"].split(",")
        self.connect_secrets = environment["STRIPE_CONNECT_WEBHOOK_SECRETS"].split(",")
        self.v1 = self.client().v1

    def client(self, *, api_key: str | None = None, retries: int = 2) -> stripe.StripeClient:
        return stripe.StripeClient(
            api_key or self.api_key,
            base_addresses={"api": self.base},
            max_network_retries=retries,
            stripe_version=API_VERSION,
        )

    def session(self, cents: int = 4500, **more: Any) -> stripe.checkout.Session:
        """Open a Checkout session for one thing."""
        params: Any = {
            "mode": "payment",
            "success_url": "http://shop.test/thanks?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/cart",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": cents,
                        "product_data": {"name": "Food <box>"},
                    },
                }
            ],
            **more,
        }
        return self.v1.checkout.sessions.create(params)

    def pay(self, url: str | None, method: str = "pm_card_visa", **more: str) -> requests.Response:
        """Send the form of the hosted page."""
        form = {"action": "pay", "payment_method": method, "email": "a@b.test", "name": "Ada"}
        assert url is not None
        return requests.post(url, form | more, allow_redirects=False, timeout=SOON_SECONDS)

    def charge(self, method: str = "pm_card_visa", cents: int = 10_000) -> stripe.PaymentIntent:
        """Take a payment without a page."""
        return self.v1.payment_intents.create(
            {"amount": cents, "currency": "usd", "payment_method": method, "confirm": True}
        )

    def days(self, count: float) -> None:
        """Let days pass."""
        self.control("clock", advanceSeconds=count * 86_400)

    def open_account(self) -> stripe.Account:
        """Open an Express account that nobody has completed."""
        return self.v1.accounts.create(
            {
                "type": "express",
                "country": "US",
                "email": "coach@b.test",
                "capabilities": {"transfers": {"requested": True}},
            }
        )

    def visit(self, url: str) -> requests.Response:
        """Follow a link as a browser does, but not away from Stripe."""
        reply = requests.get(url, allow_redirects=False, timeout=SOON_SECONDS)
        while reply.status_code == 303 and reply.headers["Location"].startswith(self.base):
            url = reply.headers["Location"]
            reply = requests.get(url, allow_redirects=False, timeout=SOON_SECONDS)
        return reply

    def onboard(self, account_id: str, **form: str) -> requests.Response:
        """Send the form of the onboarding page."""
        link = self.v1.account_links.create(
            {
                "account": account_id,
                "refresh_url": "http://shop.test/again",
                "return_url": "http://shop.test/back",
                "type": "account_onboarding",
            }
        )
        page = self.visit(link.url)
        assert page.status_code == 200
        fields = {"action": "complete", **form}
        return requests.post(page.url, fields, allow_redirects=False, timeout=SOON_SECONDS)

    def coach(self, **form: str) -> str:
        """Return the id of an account that can receive transfers and be paid out."""
        account = self.open_account()
        self.onboard(account.id, **form)
        return account.id

    def fund(self, cents: int = 100_000) -> stripe.PaymentIntent:
        """Take a payment whose money is available at once."""
        intent = self.charge("pm_card_bypassPending", cents)
        self.control("clock", advanceSeconds=1)
        return intent

    def forget(self) -> None:
        """Forget what was delivered, once nothing more is on its way."""
        until(lambda: not self.standin.status()["deliveriesWaiting"])
        self.endpoint.clear()
        self.connect.clear()

    def control(self, name: str, **body: Any) -> Any:
        """Steer the stand-in, or read what it tells when there is no body."""
        url = f"{self.base}/_sandbox/{name}"
        reply = (
            requests.get(url, timeout=SOON_SECONDS)
            if name in {"status", "calls", "deliveries"}
            else requests.post(url, json=body, timeout=SOON_SECONDS)
        )
        reply.raise_for_status()
        return reply.json()
