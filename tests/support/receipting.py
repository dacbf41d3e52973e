"""Money that moves for gifts, put where payments put it, and what receipts make of it."""

import base64
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from sandbox.smtp import SmtpInbox
    from tests.support.backend import Backend

ADDRESS = "ann@example.org"
_SIGNS = {
    "captured": 1,
    "refunded": -1,
    "refund_failed": 1,
    "dispute_opened": -1,
    "dispute_won": 1,
    "dispute_lost": 0,  # what was taken when it opened is gone for good
}
"""Which way the money of a movement goes."""


@dataclass
class Receipting:
    """A donor, what moves for her gifts, and the functions of receipts."""

    backend: "Backend"
    inbox: "SmtpInbox"
    admin: "Client"
    uid: str = "ann"
    gift: str = ""

    def moved(self, kind: str, object_id: str, cents: int, **more: Any) -> str:
        """Write a movement as payments do; return its id."""
        from app.kit import firestore
        from app.platform.payments.models.documents import Movement, MovementKind, Reference
        from app.platform.payments.store.truth import movements

        phase = kind.rpartition("_")[2] if "_" in kind else "succeeded"
        fields = {
            "payment_id": "pi_1",
            "at": datetime.now(UTC) - timedelta(hours=1),
            "reference": "donation",
            "gift": self.gift,
        } | more
        movement = Movement(
            account="platform",
            object_id=object_id,
            phase=phase,
            kind=MovementKind(kind),
            payment_intent_id=fields["payment_id"],
            reference=Reference(kind=fields["reference"], id=fields["gift"]),
            gross_cents=cents,
            fee_cents=0,
            net_cents=_SIGNS[kind] * cents,
            currency="USD",
            occurred_at=fields["at"],
            created_at=datetime.now(UTC),
        )
        firestore.commit(movements.create(movement.natural_id, movement))
        return movement.natural_id

    def paid(self, cents: int, payment_id: str = "pi_1", **more: Any) -> str:
        """Write that a payment came in; return the id of the movement."""
        return self.moved("captured", payment_id, cents, payment_id=payment_id, **more)

    def gave(self, *cents: int, at: datetime | None = None) -> None:
        """Let payments come in, and see to their receipts."""
        for amount in cents:
            more = {} if at is None else {"at": at}
            self.tell(self.paid(amount, f"pi_{uuid4().hex}", **more))
        self.number()

    def tell(self, *movement_ids: str) -> None:
        """Run the trigger for movements."""
        for movement_id in movement_ids:
            self.backend.deliver("receipts_on_movement_created", movement_id)

    def refunded(self, cents: int, payment_id: str = "pi_1") -> None:
        """Refund part of a payment, and see to its receipt."""
        refund = f"re_{uuid4().hex}"
        self.tell(self.moved("refunded", refund, cents, payment_id=payment_id))

    def number(self) -> None:
        """Run the task that numbers what waits, without the waiting for others."""
        self.backend.queues.reset()
        self.backend.task("receiptsNumberTask", {"second": 0})

    def send(self) -> None:
        """Send what is in the outbox."""
        for mail in self.admin.collection("outbox").list_documents():
            self.backend.deliver("mail_on_queued", mail.id)
        self.backend.run_tasks()

    def listed(self) -> list[dict[str, Any]]:
        """Return what the donor's list shows."""
        answer = self.backend.call("receipts_list", {"limit": 50}, uid=self.uid)
        items: list[dict[str, Any]] = answer["items"]
        return items

    def one(self) -> dict[str, Any]:
        """Return the only receipt."""
        (found,) = self.listed()
        return found

    def pdf(self, **wanted: Any) -> bytes:
        """Return the file of the only receipt."""
        request = {"receiptId": self.one()["receiptId"], **wanted}
        answer = self.backend.call("receipts_get_pdf", request, uid=self.uid)
        return base64.b64decode(answer["content"])

    def statement(self, year: int) -> dict[str, Any]:
        """Return the donor's statement of a year."""
        answer: dict[str, Any] = self.backend.call(
            "receipts_get_statement", {"year": year}, uid=self.uid
        )
        return answer

    def numbers(self) -> list[str]:
        """Return the numbers of all receipts there are, of whomever."""
        return sorted(doc.get("number") or "" for doc in self.admin.collection("receipts").stream())

    def mails(self) -> list[dict[str, Any]]:
        """Return what the outbox holds."""
        return [doc.to_dict() or {} for doc in self.admin.collection("outbox").stream()]

    def attachments(self) -> Iterator[tuple[str, bytes]]:
        """Yield the subject and the file of each mail that came."""
        for mail in self.inbox.calls():
            message = email.message_from_string(mail["raw"], policy=email.policy.default)
            for part in message.iter_attachments():
                yield str(message["subject"]), part.get_content()
