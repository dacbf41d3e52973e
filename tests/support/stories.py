"""Stories of gifts at Stripe, of which the backend hears in whatever way, and what heals it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.support.books import Books, Json
from tests.support.errors import CallError
from tests.support.giving import WORKER, Giving

METHODS = (
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
    "pm_card_createDispute",
)
EVIDENCE = ("winning_evidence", "losing_evidence", None)


@dataclass
class Story:
    """What happens at Stripe, and how much later than in truth it is there and here."""

    giving: Giving
    books: Books
    set_clock: Callable[[datetime], None]
    ahead: timedelta = timedelta()

    def begin(self) -> None:
        """Begin anew, at the real time."""
        self.ahead = timedelta()
        self.set_clock(datetime.now(UTC))

    def later(self, **elapsed: float) -> None:
        """Let time pass at Stripe and here."""
        passed = timedelta(**elapsed)
        self.giving.sandbox("clock", advanceSeconds=passed.total_seconds())
        self.ahead += passed
        self.set_clock(datetime.now(UTC) + self.ahead)

    def give(self, method: str = "pm_card_visa") -> str:
        """Give $250, whose fee is known at once, and return the PaymentIntent's id."""
        self.giving.sandbox("balance", delaySeconds=0)
        assert self.giving.pay(self.giving.checkout(), method) == 303  # see other
        self.later(seconds=2)
        return self.giving.intent_id()

    def go_on(self, chance: random.Random) -> None:
        """Let something happen at Stripe."""
        disputes = self.books.listed("disputes")
        waiting = [d["id"] for d in disputes if d["status"] == "needs_response"]
        paid = [i["id"] for i in self.books.listed("payment_intents")]
        match chance.choice(["give", "refund", "refund", "evidence", "time"]):
            case "refund" if paid:
                self._refund(chance.choice(paid), chance.choice([100, 100, 999, 5_000]))
            case "evidence" if waiting and (words := chance.choice(EVIDENCE)):
                path = f"/v1/disputes/{chance.choice(waiting)}"
                form = {"evidence[uncategorized_text]": words, "submit": "true"}
                self.giving.api("POST", path, **form)
                self.later(seconds=2)
            case "time":
                self.later(days=chance.choice([1, 6]))
            case _:
                self.give(chance.choice(METHODS))

    def new_events(self, told: set[str]) -> list[Json]:
        """Return the events that are not in `told`, oldest first, and put them there."""
        events = [e for e in self.books.listed("events")[::-1] if e["id"] not in told]
        told |= {event["id"] for event in events}
        return events

    def heal(self) -> None:
        """Let the nets run: the sweep, and the reconciler."""
        self.later(minutes=3)
        for _ in range(2):
            self.giving.backend.tick("payments_sweep_events")
            self.giving.backend.run_tasks()
            self.giving.backend.tick("payments_reconcile_events")
            self.giving.backend.run_tasks()

    def _refund(self, intent_id: str, cents: int) -> None:
        charges = self.books.listed("charges", f"payment_intent={intent_id}")
        left = sum(c["amount_captured"] - c["amount_refunded"] for c in charges)
        if left >= cents and not any(charge["disputed"] for charge in charges):
            self.giving.refund(intent_id, cents)


def run_with_retries(giving: Giving, event_id: str) -> None:
    """Run a task as the queue does: again while another worker holds the lease."""
    for attempt in range(60):
        try:
            return giving.backend.task(WORKER, {"eventId": event_id})
        except CallError as error:
            if error.status != "ABORTED":
                raise
            time.sleep(0.02 * (attempt + 1))
    raise AssertionError("never done")
