"""The invariants of payments: what Stripe says of all money, held against what is stored.

What is expected is told from Stripe's API alone, by code that shares nothing with the backend's.
The invariants are numbered as in `docs/payments.md`.
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.tokens import staff

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from tests.support.giving import Giving

type Json = dict[str, Any]

SIGNS = {
    "captured": 1,
    "refunded": -1,
    "refund_failed": 1,
    "dispute_opened": -1,
    "dispute_won": 1,
    "dispute_lost": 0,
}
PHASES = {"refund_failure": "_failed", "dispute": "_opened", "dispute_reversal": "_won"}
COUNTED = {"needs_response", "under_review", "lost"}
"""The states of a dispute in which its money is gone."""
UNHANDLED = {"received", "parked", "dead", "dismissed"}


@dataclass(frozen=True)
class Books:
    """Stripe and the database."""

    giving: "Giving"
    admin: "Client"

    def check(self) -> None:
        """Assert the invariants of gifts."""
        self.check_amounts()
        self.check_payments()
        self.check_movements()
        self.check_events()

    def check_amounts(self) -> None:
        """I1: whole cents that add up, each payment in one currency."""
        payments = self.stored("payments")
        for movement_id, moved in self.stored("payment_movements").items():
            cents = [moved[name] for name in ("grossCents", "feeCents", "netCents")]
            assert {type(amount) for amount in cents} == {int}, f"I1: {movement_id}"
            gross, fee, net = cents
            assert net == SIGNS[moved["kind"]] * gross - fee, f"I1: {movement_id}"
            payment = payments[moved["paymentIntentId"]]
            assert moved["currency"] == payment["currency"], f"I1: {movement_id}"

    def check_payments(self) -> None:
        """I2 and I4: each payment is as Stripe says now, and so is the net of its movements."""
        payments, nets = self.stored("payments"), Counter[str]()
        for moved in self.stored("payment_movements").values():
            nets[moved["paymentIntentId"]] += SIGNS[moved["kind"]] * moved["grossCents"]
        for intent in self.listed("payment_intents"):
            if intent["status"] != "succeeded":
                continue
            captured, refunded, disputed, state = self._of_payment(intent["id"])
            seen = payments.get(intent["id"], {})
            told = [seen.get(f"{name}Cents") for name in ("captured", "refunded", "disputed")]
            assert told == [captured, refunded, disputed], f"I4: {intent['id']}"
            assert seen["state"] == state, f"I4: {intent['id']}"
            assert nets[intent["id"]] == captured - refunded - disputed, f"I2: {intent['id']}"

    def check_movements(self) -> None:
        """The books agree with Stripe's balance to the cent, movement by movement."""
        moved = self.stored("payment_movements")
        told = {key: m["netCents"] for key, m in moved.items() if m["kind"] != "dispute_lost"}
        assert told == self.balance(), "the movements differ from the balance"

    def check_events(self) -> None:
        """I10: each event is handled, or waits to be, or staff see it."""
        stored = self.stored("payment_events")
        told = {f"platform_{event['id']}" for event in self.listed("events")}
        assert told <= stored.keys(), "I10: events that nobody knows of"
        unhandled = {key for key, event in stored.items() if event["handledAt"] is None}
        assert unhandled == {key for state in UNHANDLED for key in self.seen(state)}, "I10"
        lost = [k for k in unhandled if stored[k]["state"] == "received" and not stored[k]["dueAt"]]
        assert lost == [], "I10: events that nothing tries again"

    def check_all_handled(self) -> None:
        """I10, where nothing failed: no event waits."""
        states = {event["state"] for event in self.stored("payment_events").values()}
        assert states <= {"handled", "ignored"}, "I10: an event waits"

    def seen(self, state: str) -> set[str]:
        """Return the ids of the events that staff see in a state."""
        found: set[str] = set()
        cursor = None
        while True:
            request = {"state": state, "limit": 50, "cursor": cursor}
            page: Json = self.giving.backend.call(
                "payments_list_events", request, uid="fin", **staff("finance")
            )
            found |= {item["eventId"] for item in page["items"]}
            cursor = page["nextCursor"]
            if cursor is None:
                return found

    def balance(self) -> dict[str, int]:
        """Return the net of each movement that Stripe's balance tells of."""
        nets = Counter[str]()
        for booked in self.listed("balance_transactions", "expand[]=data.source"):
            source = booked["source"]
            phase = PHASES.get(booked["type"]) or PHASES.get(booked["reporting_category"], "")
            if source["object"] == "charge":
                nets[source["payment_intent"]] += booked["net"]
            elif source["object"] == "dispute" or source["status"] != "pending":
                nets[source["id"] + phase] += booked["net"]
        return dict(nets)

    def stored(self, collection: str) -> dict[str, Json]:
        """Return the documents of a collection by id."""
        found = self.admin.collection(collection).stream()
        return {document.id: document.to_dict() or {} for document in found}

    def listed(self, path: str, query: str = "") -> list[Json]:
        """Return everything that Stripe lists, newest first."""
        found: list[Json] = []
        while True:
            after = f"&starting_after={found[-1]['id']}" if found else ""
            page = self.giving.api("GET", f"/v1/{path}?limit=100&{query}{after}")
            found += page["data"]
            if not page["has_more"]:
                return found

    def _of_payment(self, intent_id: str) -> tuple[int, int, int, str]:
        of_it = f"payment_intent={intent_id}"
        charges = self.listed("charges", of_it)
        captured = sum(c["amount_captured"] for c in charges if c["status"] == "succeeded")
        refunds, disputes = self.listed("refunds", of_it), self.listed("disputes", of_it)
        refunded = sum(r["amount"] for r in refunds if r["status"] == "succeeded")
        disputed = sum(d["amount"] for d in disputes if d["status"] in COUNTED)
        if any(dispute["status"] == "lost" for dispute in disputes):
            return captured, refunded, disputed, "charged_back"
        if disputed:
            return captured, refunded, disputed, "disputed"
        state = "partially_refunded" if refunded else "succeeded"
        return captured, refunded, disputed, "refunded" if refunded == captured else state
