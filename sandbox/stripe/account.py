"""One Stripe account: its objects, its time and the events that tell of changes.

The platform's account has the accounts connected to it. Whoever touches one holds the lock that
they share.
"""

import copy
import secrets
import string
import threading
from collections.abc import Callable
from typing import Any

from sandbox.standin import Faults
from sandbox.stripe import pages
from sandbox.stripe.billing.settings import Billing
from sandbox.stripe.cards import PaymentMethod
from sandbox.stripe.clock import Clock
from sandbox.stripe.errors import StripeError, no_such
from sandbox.stripe.faults import StripeFault, take
from sandbox.stripe.params import Json
from sandbox.stripe.till import Pages, Payouts
from sandbox.stripe.webhooks import Webhooks

API_VERSION = "2026-10-28.endive"
"""The version whose objects this stand-in builds."""

DEFAULT_BALANCE_DELAY_SECONDS = 0.3

ALPHABET = string.ascii_letters + string.digits
ID_CHARACTERS = 24


class Account:
    """The state behind the API.

    Attributes:
        id: of a connected account; None for the platform's own.
        closed: whether it was deleted.
        connected: the accounts connected to the platform, by id.
        base_url: where pages are served.
        request: the `id` and `idempotency_key` of the API request at work, for the events of all.
        balance_delay_seconds: from a charge to its balance transaction; None holds it back.
        held_back: makes the balance transactions that are held back.
        intent_fields: for the PaymentIntent that paying will create, by Checkout session.
        methods: what each payment method's test name stands for, by its id.
        watchers: what is told when an intent's charge is decided, by the intent's id.
        billing: how invoices are collected.
        payouts: how money leaves.
        pages: the ways to Connect's pages.
    """

    connected: dict[str, "Account"]
    request: Json
    balance_delay_seconds: float | None
    held_back: list[Callable[[], None]]
    intent_fields: dict[str, Json]
    methods: dict[str, PaymentMethod]
    watchers: dict[str, Callable[[], None]]
    billing: Billing
    payouts: Payouts
    pages: Pages

    def __init__(
        self, faults: Faults[StripeFault], webhooks: Webhooks, connect_webhooks: Webhooks
    ) -> None:
        self.id: str | None = None
        self.closed = False
        self.lock = threading.RLock()
        self.clock = Clock(self.lock)
        self.base_url = ""
        self.faults = faults
        self._webhooks = webhooks
        self._connect_webhooks = connect_webhooks
        self._clear()

    def connect(self, account_id: str) -> "Account":
        """Open an account connected to this one, whose events go to the Connect endpoint."""
        opened = Account(self.faults, self._connect_webhooks, self._connect_webhooks)
        opened.id, opened.lock, opened.clock = account_id, self.lock, self.clock
        opened.base_url, opened.request = self.base_url, self.request
        self.connected[account_id] = opened
        return opened

    def disconnect(self, account_id: str) -> None:
        """Close a connected account for good. Nobody is told what becomes of it."""
        self.connected.pop(account_id).closed = True
        del self._objects[account_id]

    def everyone(self) -> list["Account"]:
        """Return the platform's account and those connected to it."""
        return [self, *self.connected.values()]

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self.clock.reset()
            self._clear()

    def new_id(self, prefix: str) -> str:
        """Return an id that cannot be guessed."""
        return prefix + "".join(secrets.choice(ALPHABET) for _ in range(ID_CHARACTERS))

    def add(self, thing: Json) -> Json:
        """Store an object and return it."""
        self._objects[thing["id"]] = thing
        return thing

    def remove(self, thing: Json) -> Json:
        """Forget an object and return what tells that it is deleted."""
        del self._objects[thing["id"]]
        gone = {"id": thing["id"], "object": thing["object"], "deleted": True}
        self._deleted[thing["id"]] = gone
        return gone

    def deleted(self, object_id: str) -> Json | None:
        """Return what `remove` returned, if this object is deleted."""
        return self._deleted.get(object_id)

    def include(self, thing: Json, field: str, value: list[Json] | Json | None) -> None:
        """Give `thing` a list or a part that its answers carry only where `expand` asks for it."""
        self._included[thing["id"], field] = value

    def included(self, thing: Json, field: str) -> Any:
        """Return what `include` stored."""
        return self._included[thing["id"], field]

    def get(self, kind: str, object_id: str, param: str = "id") -> Json:
        """Return an object.

        Raises:
            StripeError: there is no such object; `param` is what named it.
        """
        thing = self._objects.get(object_id)
        if thing is None or thing["object"] != kind:
            raise no_such(kind, object_id, param)
        return thing

    def find(self, object_id: str) -> Json | None:
        """Return an object of whatever kind, if there is one."""
        return self._objects.get(object_id)

    def all(self, kind: str, **equal: Any) -> list[Json]:
        """Return the objects of a kind with these fields, newest first."""
        return [
            thing
            for thing in reversed(self._objects.values())
            if thing["object"] == kind and all(thing[name] == equal[name] for name in equal)
        ]

    def page(self, url: str, things: list[Json], params: Json) -> Json:
        """Return the list object for the part of `things` that `params` asks for."""
        return pages.page(url, things, params)

    def expand(self, answer: Json, paths: list[str]) -> Json:
        """Return a copy of `answer` with the objects that `paths` name in place of their ids.

        Raises:
            StripeError: a path leads nowhere. Unlike Stripe's, this comes after the operation.
        """
        answer = copy.deepcopy(answer)
        for path in paths:
            self._expand(answer, path.split("."), path)
        return answer

    def _expand(self, node: Any, names: list[str], path: str) -> None:
        if not names or node is None:
            return
        if isinstance(node, list):
            for item in node:
                self._expand(item, names, path)
            return
        name = names[0]
        key = (node.get("id", ""), name)
        if key in self._included and name not in node:
            part = self._included[key]
            url = f"/v1/{node['object'].replace('.', '/')}s/{node['id']}/{name}"
            node[name] = copy.deepcopy(self.page(url, part, {}) if isinstance(part, list) else part)
        elif isinstance(node.get(name), list):
            node[name] = [
                copy.deepcopy(self._objects[item]) if isinstance(item, str) else item
                for item in node[name]
            ]
        elif isinstance(node.get(name), str) and (found := self._anywhere(node[name])) is not None:
            node[name] = copy.deepcopy(found)
        elif name not in node or isinstance(node[name], str | int):
            raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
        self._expand(node[name], names[1:], path)

    def emit(self, kind: str, thing: Json, previous: Json | None = None) -> None:
        """Record that `thing` changed, and send it to the webhook endpoint.

        Args:
            kind: the type of the event.
            thing: as it is now.
            previous: the former values of the fields that changed, on `*.updated`.
        """
        if self.closed:
            return
        for _ in range(2 if take(self.faults, "webhook_twin", kind) else 1):
            data = {"object": copy.deepcopy(thing)}
            if previous is not None:
                data["previous_attributes"] = previous
            event = {
                "id": self.new_id("evt_"),
                "object": "event",
                "account": self.id,
                "api_version": API_VERSION,
                "context": None,
                "created": self.clock.now(),
                "data": data,
                "livemode": False,
                "pending_webhooks": 1 if self._webhooks.url else 0,
                "request": dict(self.request),
                "type": kind,
            }
            self._webhooks.publish(self.add(event))

    def _anywhere(self, object_id: str) -> Json | None:
        """Return an object of this account or, such as a payment by transfer, of another's."""
        return next(filter(None, (each.find(object_id) for each in self.everyone())), None)

    def _clear(self) -> None:
        self._objects: dict[str, Json] = {}
        self._deleted: dict[str, Json] = {}
        self._included: dict[tuple[str, str], list[Json] | Json | None] = {}
        self.request = {"id": None, "idempotency_key": None}
        self.balance_delay_seconds = DEFAULT_BALANCE_DELAY_SECONDS
        self.held_back = []
        self.connected = {}
        self.methods = {}
        self.watchers = {}
        self.intent_fields = {}
        self.billing = Billing()
        self.payouts = Payouts()
        self.pages = Pages()
