"""What tests and the demo steer: `/_sandbox/...`, JSON in camelCase."""

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from sandbox.http import RefusedError, Request, Response, Route, json_response
from sandbox.standin import Faults
from sandbox.stripe import payouts
from sandbox.stripe.account import Account
from sandbox.stripe.api import Api
from sandbox.stripe.billing.settings import Exhausted
from sandbox.stripe.connect import accounts, state
from sandbox.stripe.errors import StripeError
from sandbox.stripe.faults import StripeFault
from sandbox.stripe.params import Json
from sandbox.stripe.webhooks import Webhooks


class Control:
    """Answers `/_sandbox/...`."""

    def __init__(
        self,
        account: Account,
        api: Api,
        faults: Faults[StripeFault],
        webhooks: Webhooks,
        connect: Webhooks,
    ) -> None:
        self._account = account
        self._api = api
        self._faults = faults
        self._webhooks = webhooks
        self._connect = connect

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", "/_sandbox/status", lambda _: json_response(self.status())),
            Route("GET", "/_sandbox/calls", lambda _: json_response(self._api.recorded())),
            Route("GET", "/_sandbox/deliveries", lambda _: json_response(self._deliveries())),
            self._post("webhook_url", partial(_set_url, self._webhooks), "url"),
            self._post("connect_webhook_url", partial(_set_url, self._connect), "url"),
            self._post("clock", self._advance, "advanceSeconds"),
            self._post("balance", self._set_balance, "delaySeconds"),
            self._post("release", self._release),
            self._post("payouts", self._set_payouts, "automatic"),
            self._post("requirements", self._require, "account", "due", "pastDue"),
            self._post("billing", self._set_billing, "retryDays", "exhausted"),
            self._post("redeliver", self._redeliver, "eventId", "seed"),
            Route("POST", "/_sandbox/faults", self._inject),
            self._post("reset", self.reset),
        ]

    def status(self) -> Json:
        """Return what a person wants to see at a glance."""
        with self._account.lock:
            return {
                "webhookUrl": self._webhooks.url,
                "connectWebhookUrl": self._connect.url,
                "now": self._account.clock.now(),
                "calls": len(self._api.recorded()),
                "events": len(self._events()),
                "deliveries": len(self._deliveries()),
                "deliveriesWaiting": self._webhooks.waiting() + self._connect.waiting(),
                "balanceTransactionsHeld": len(self._account.held_back),
                "faults": self._faults.waiting(),
            }

    def reset(self) -> None:
        """Forget everything but the webhook endpoints."""
        with self._account.lock:
            self._account.reset()
            self._api.reset()
            self._faults.clear()
        for webhooks in (self._webhooks, self._connect):
            webhooks.reset()  # without the lock: the endpoint may be asking the API right now

    def _post(self, name: str, act: Callable[..., None], *fields: str) -> Route:
        """Return a route whose JSON object may have `fields`, and which answers the status."""

        def answer(request: Request) -> Response:
            sent = request.json() if request.body else {}
            if not isinstance(sent, dict) or set(sent) - set(fields):
                raise RefusedError(400, f"Send a JSON object of {', '.join(fields) or 'nothing'}.")
            act(*(sent.get(field) for field in fields))
            return json_response(self.status())

        return Route("POST", f"/_sandbox/{name}", answer)

    def _inject(self, request: Request) -> Response:
        try:
            self._faults.add(request.json())
        except ValueError as error:
            raise RefusedError(400, str(error)) from error
        return json_response(self.status())

    def _advance(self, seconds: Any) -> None:
        self._account.clock.advance(_seconds("advanceSeconds", seconds))

    def _set_balance(self, delay_seconds: Any) -> None:
        """Set how late balance transactions come; null holds them back until `release`."""
        with self._account.lock:
            self._account.balance_delay_seconds = (
                None if delay_seconds is None else _seconds("delaySeconds", delay_seconds)
            )

    def _release(self) -> None:
        with self._account.lock:
            held, self._account.held_back = self._account.held_back, []
            for book in held:
                book()

    def _set_payouts(self, automatic: Any) -> None:
        """Let every account pay out each day what it has, or no longer."""
        if not isinstance(automatic, bool):
            raise RefusedError(400, "automatic must be true or false.")
        with self._account.lock:
            payouts.schedule(self._account, automatic=automatic)

    def _require(self, account_id: Any, due: Any, past: Any) -> None:
        """Let Stripe ask a connected account for `due`, and restrict it where it is past due."""
        if not isinstance(due, list) or not all(isinstance(name, str) for name in due):
            raise RefusedError(400, "due must be a list of requirements.")
        with self._account.lock:
            try:
                account = accounts.find(self._account, str(account_id))
            except StripeError as error:
                raise RefusedError(404, str(error)) from error
            state.require(account, due, due if past else [])

    def _set_billing(self, retry_days: Any, exhausted: Any) -> None:
        """Set when a failed renewal is tried again, and what becomes of it in the end."""
        days = [0, *retry_days] if isinstance(retry_days, list) else [0]
        if any(type(day) is not int for day in days) or days != sorted(set(days)):
            raise RefusedError(400, "retryDays must be whole numbers that grow.")
        if exhausted not in get_args(Exhausted.__value__):
            raise RefusedError(400, "exhausted must be unpaid, canceled or past_due.")
        with self._account.lock:
            self._account.billing.retry_days = tuple(days[1:])
            self._account.billing.exhausted = exhausted

    def _redeliver(self, event_id: Any, seed: Any) -> None:
        """Send one event again, or all in their order or shuffled by a seed."""
        with self._account.lock:
            events = [each for each in self._events() if event_id in (None, each["id"])]
        if not events and event_id is not None:
            raise RefusedError(404, f"No such event: '{event_id}'")
        for webhooks, those in (
            (self._webhooks, [each for each in events if each["account"] is None]),
            (self._connect, [each for each in events if each["account"] is not None]),
        ):
            if those:
                webhooks.redeliver(those, seed)

    def _events(self) -> list[Json]:
        """Return the events of every account, the oldest of each first."""
        return [e for account in self._account.everyone() for e in account.all("event")[::-1]]

    def _deliveries(self) -> list[Json]:
        return self._webhooks.deliveries() + self._connect.deliveries()


def _set_url(webhooks: Webhooks, url: Any) -> None:
    if url is not None and not str(url).startswith("http://"):
        raise RefusedError(400, "url must be an http address, or null.")
    webhooks.url = url


def _seconds(name: str, value: Any) -> float:
    if type(value) not in (int, float) or value < 0:
        raise RefusedError(400, f"{name} must be a number from 0.")
    return float(value)
