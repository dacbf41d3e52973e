"""The entries of the audit log."""

from enum import StrEnum

from app.kit.model import Document, Instant


class Action(StrEnum):
    """What was done, or tried."""

    READ = "read"
    WRITE = "write"
    PROPOSE_ROLE = "propose_role"
    GIVE_ROLE = "give_role"
    TAKE_ROLE = "take_role"
    PLACE_HOLD = "place_hold"
    ASK_TO_LIFT_HOLD = "ask_to_lift_hold"
    LIFT_HOLD = "lift_hold"
    LIST_HOLDS = "list_holds"
    EXPORT = "export"
    GIVE_CONSENT = "give_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    OPEN_EMERGENCY = "open_emergency"
    """Medical personnel are to be told: reads under the same grant follow, or none."""
    REVIEW_EMERGENCY = "review_emergency"
    RECORD_BREACH = "record_breach"
    UPDATE_BREACH = "update_breach"
    ROTATE_KEYS = "rotate_keys"


class Outcome(StrEnum):
    """What the policy said to it."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class Touched(Document):
    """One document, and the fields of it."""

    path: str
    fields: tuple[str, ...]


class AuditEntry(Document):
    """`audit_entries/{id}`: one access to the records of one person. Made once, never changed.

    `actor` is a uid, or `system`; `role` says as what they acted, `owner` for the person
    themselves. `grant_id` names the consent or the emergency that allowed it, and `notice` whether
    the prohibition of redisclosure (42 CFR 2.32) went with what was opened.
    """

    at: Instant
    actor: str
    role: str
    purpose: str
    action: Action
    subject: str
    touched: tuple[Touched, ...]
    outcome: Outcome
    grant_id: str | None = None
    notice: bool = False
