"""The entries of the audit log, the chains that they are put in, and what is asked of it."""

import hashlib
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.kit.model import Document, DocumentId, Instant, Message
from app.kit.pages import PageRequest

SHARDS = 8
"""How many chains there are. Firestore sustains about one write a second on a chain's head, and
each takes up to 200 entries: eight chains leave room for 1,600 entries a second, a lost race is
over a few of them, and all heads still fit in one statement that is signed as a whole."""

GENESIS = "0" * 64
"""What stands for the hash before the first one."""

PAGE_MAX = 100


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
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # no password
    CHANGE_PASSWORD = "change_password"  # noqa: S105  # no password
    ROTATE_KEYS = "rotate_keys"
    REPLAY_EVENT = "replay_event"
    PARK_EVENT = "park_event"
    DISMISS_EVENT = "dismiss_event"
    CLOSE_CASE = "close_case"
    HOLD_EARNING = "hold_earning"
    RELEASE_EARNING = "release_earning"
    PROPOSE_REFUND = "propose_refund"
    ORDER_REFUND = "order_refund"
    DECLINE_REFUND = "decline_refund"
    ANSWER_DISPUTE = "answer_dispute"
    ACCEPT_DISPUTE = "accept_dispute"
    SET_SOLICITATION = "set_solicitation"
    SEARCH = "search"
    """A look into this log; `subject` is whom it was about, if about one person."""
    REQUEST_ERASURE = "request_erasure"
    CANCEL_ERASURE = "cancel_erasure"
    BEGIN_ERASURE = "begin_erasure"
    ERASE = "erase"
    """Nothing is left of the person that no duty keeps."""


RECIPIENT = "recipient"
"""The role of whom a consent or an emergency lets read; what they do is a disclosure."""


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


class StoredEntry(AuditEntry):
    """`audit_entries/{id}`: an entry with its place in one of the chains.

    The entry itself is written once. Until it is sealed, within about a minute, its `sequence` is
    null; sealing it adds `sequence`, the hash of the entry before and its own hash.
    """

    shard: int
    sequence: int | None = None
    previous: str = ""
    hash: str = ""


class Place(Document):
    """`audit_entries/{id}`: the part of an entry that sealing adds, and nothing else."""

    shard: Any = None
    sequence: Any = None
    previous: Any = ""
    hash: Any = ""


class RawEntry(Place):
    """`audit_entries/{id}` as it is stored, whatever that is.

    Nothing is asked of it, so that an entry that is not as it should be gets its place too, and
    stops none of those after it.
    """

    model_config = ConfigDict(extra="allow")


class ChainHead(Document):
    """`audit_heads/{shard}`: how many entries a chain has, and the hash of the last one."""

    shard: int
    size: int = 0
    hash: str = GENESIS


class Anchor(Message):
    """The heads of all chains at one time, signed by the version `key` of a key of KMS."""

    at: Instant
    heads: tuple[ChainHead, ...]
    key: str


class SearchAudit(PageRequest):
    """The request of `audit_search`: entries that match everything that is given.

    `since` is the earliest time and `until` the one that all entries are before; `cursor` is the
    `nextCursor` of the page before.
    """

    subject: DocumentId | None = None
    actor: DocumentId | None = None
    action: Action | None = None
    since: Instant | None = None
    until: Instant | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 20


class AuditItem(Message):
    """An entry, as the search shows it. Without a `sequence` it is not sealed yet."""

    entry_id: str
    at: Instant
    actor: str
    role: str
    purpose: str
    action: str
    subject: str
    touched: tuple[Touched, ...]
    outcome: Outcome
    grant_id: str | None
    notice: bool
    shard: int
    sequence: int | None


class AuditPage(Message):
    """The response of `audit_search`: the newest first."""

    items: tuple[AuditItem, ...]
    next_cursor: str | None


def shard_of(entry_id: str) -> int:
    """Return the chain that an entry belongs to, by its random id."""
    return hashlib.sha256(entry_id.encode()).digest()[0] % SHARDS
