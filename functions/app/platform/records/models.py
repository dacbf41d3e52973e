"""Who opens and seals records, where they live, and the key documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.kit.roles import Role


class Purpose(StrEnum):
    """What records are opened or sealed for."""

    SELF = "self"
    """The person's own use."""
    ANALYSIS = "analysis"
    """Writing a person's analysis and plan."""
    ACCOUNT = "account"
    """Proving whose account it is."""
    MAIL = "mail"
    """Sending a person a mail that is for them."""
    LEDGER = "ledger"
    """Keeping the books."""
    RECEIPTS = "receipts"
    """Making out receipts of gifts."""
    RIGHTS = "rights"
    """Answering a person's request for their data."""
    TREATMENT = "treatment"
    PAYMENT = "payment"
    OPERATIONS = "operations"
    """Health care operations; with the two above "TPO" (45 CFR 164.501)."""
    COACHING = "coaching"
    LEGAL_PROCEEDING = "legal_proceeding"
    EMERGENCY = "emergency"
    """A medical emergency (42 CFR 2.51)."""


class Category(StrEnum):
    """What records are about, as a consent names it."""

    ACCOUNT = "account"
    PROFILE = "profile"
    COACHING = "coaching"
    GIVING = "giving"
    RECOVERY = "recovery"
    COUNSELLING_NOTES = "counselling_notes"


EMERGENCY_LASTS = timedelta(hours=24)
"""How long an emergency lets its records be read, whatever its grant says."""


class GrantKind(StrEnum):
    """Why somebody outside may read a person's records."""

    CONSENT = "consent"
    """To a named recipient, for a named purpose (42 CFR 2.31(a))."""
    TPO = "tpo"
    """For all future treatment, payment and health care operations (42 CFR 2.31(a)(4), (a)(5))."""
    COUNSELLING_NOTES = "counselling_notes"
    """To counselling notes, which no other consent covers (42 CFR 2.31(b))."""
    LEGAL_PROCEEDING = "legal_proceeding"
    """Use in a proceeding against the person, apart from any other consent (42 CFR 2.31(d))."""
    EMERGENCY = "emergency"
    """Disclosure to medical personnel in an emergency (42 CFR 2.51)."""


@dataclass(frozen=True)
class Grant:
    """What allows a recipient to read categories of one person's records for purposes.

    In force from `valid_from` until before `valid_until`, and before `revoked_at` if there is one.
    The recipient is a person by uid, or whoever holds the role `recipient_class`.
    """

    id: str
    kind: GrantKind
    subject: str
    recipient: str | None
    purposes: frozenset[Purpose]
    categories: frozenset[Category]
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None
    recipient_class: Role | None = None


@dataclass(frozen=True)
class Owner:
    """The person whose record it is."""

    uid: str


@dataclass(frozen=True)
class System:
    """A named purpose of the system, with no person behind it."""

    purpose: Purpose


@dataclass(frozen=True)
class Staff:
    """A member of the staff, by a role that they hold."""

    uid: str
    role: Role
    purpose: Purpose


@dataclass(frozen=True)
class Recipient:
    """Somebody whom the person's consent, or an emergency, lets read. `roles` are all they hold."""

    uid: str
    purpose: Purpose
    grant: Grant
    roles: frozenset[Role] = frozenset()


type Actor = Owner | System | Staff | Recipient


class Erasure(StrEnum):
    """What erasing a person does to their documents in a collection."""

    DELETE = "delete"
    KEEP = "keep"
    """They stay, under a duty. What is sealed in them cannot be opened any more."""


LAST_ACTIVITY = "last activity"
"""When the person last did anything here, as opposed to an instant in the document."""


@dataclass(frozen=True)
class Retention:
    """How long a document is kept.

    Attributes:
        period: after that instant.
        since: the field, as stored, with the instant; or `LAST_ACTIVITY`.
        warned: how long before the end the person is told.
    """

    period: timedelta
    since: str
    warned: timedelta = timedelta(0)

    @property
    def by_ttl(self) -> bool:
        """Whether Firestore deletes it by itself at that instant, asking for no legal hold."""
        return not self.period


@dataclass(frozen=True)
class Access:
    """Who may open which sealed fields of a collection, besides the person themselves.

    Attributes:
        fields: everything that is sealed.
        system_opens: fields by purpose of the system.
        system_seals: the purposes of the system that may write.
        staff_opens: fields by role and purpose.
        staff_seals: the roles and purposes of staff who may write.
        shared: fields that a consent can cover.
        emergency: fields that medical personnel may be told in an emergency.
        audited: whether each access is recorded.
    """

    fields: frozenset[str]
    system_opens: Mapping[Purpose, frozenset[str]] = field(default_factory=dict)
    system_seals: frozenset[Purpose] = frozenset()
    staff_opens: Mapping[tuple[Role, Purpose], frozenset[str]] = field(default_factory=dict)
    staff_seals: frozenset[tuple[Role, Purpose]] = frozenset()
    shared: frozenset[str] = frozenset()
    emergency: frozenset[str] = frozenset()
    audited: bool = True


@dataclass(frozen=True)
class RecordType:
    """One collection, in the register of everything that is kept.

    Attributes:
        collection: its name.
        holds: what a document is, for the person and for an auditor.
        category: what it is about.
        owner_field: the field with the uid of whom it is about; "" where the document's id is it;
            None where no document is about a person.
        access: who may open what is sealed; None where nothing is.
        retention: when documents are deleted; None for as long as the account.
        erasure: what erasing the person does.
        duty: under which duty they are kept, for `Erasure.KEEP`.
        exported: whether the person's export holds them.
        withheld: why it does not, where it does not.
        hidden: fields, as stored, that it leaves out: the workings, and who works here.
        answers: sealed fields that answer a questionnaire, in its order.
        database: where the collection is.
    """

    collection: str
    holds: str
    category: Category
    owner_field: str | None = "uid"
    access: Access | None = None
    retention: Retention | None = None
    erasure: Erasure = Erasure.DELETE
    duty: str = ""
    exported: bool = True
    withheld: str = ""
    hidden: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()
    database: str = "(default)"


@dataclass(frozen=True)
class Record:
    """The place of sealed values: the person they are about and the path of their document."""

    uid: str
    path: str

    @property
    def collection(self) -> str:
        """The first part of the path."""
        return self.path.partition("/")[0]
