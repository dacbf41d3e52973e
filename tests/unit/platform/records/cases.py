"""Who may open what, stated by tables, and random cases that are judged by them.

Nothing here asks the policy: the tables are read from the law and the product's rules, and a case
is looked up in them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.kit.roles import Role
from app.platform.records.models import (
    Access,
    Actor,
    Category,
    Grant,
    GrantKind,
    Owner,
    Purpose,
    Recipient,
    Record,
    RecordType,
    Staff,
    System,
)

START = datetime(2027, 3, 1, tzinfo=UTC)
HOURS = 72
"""All instants of a case are whole hours after `START`, so that they often meet."""

PEOPLE = ("ann", "bob", "cal")
LETTERS = {
    "C": GrantKind.CONSENT,
    "T": GrantKind.TPO,
    "N": GrantKind.COUNSELLING_NOTES,
    "L": GrantKind.LEGAL_PROCEEDING,
    "E": GrantKind.EMERGENCY,
}

USES = """
                  account  profile  coaching  giving  recovery  counselling_notes
self              -        -        -         -       -         -
analysis          -        -        -         -       -         -
ledger            -        -        -         -       -         -
rights            -        -        -         -       -         -
treatment         CT       CT       CT        CT      CT        N
payment           CT       CT       CT        CT      CT        N
operations        CT       CT       CT        CT      CT        N
coaching          C        C        C         C       C         N
legal_proceeding  L        L        L         L       L         -
emergency         E        E        E         E       E         -
"""
"""Which kinds of grant can cover a use of a category for a purpose: 42 CFR 2.31(a), (b) and (d),
2.33 and 2.51."""

FIELDS = """
notes               counselling_notes  text         owner shared
notes               counselling_notes  originator   owner
recovery_facts      recovery           soberSince   owner shared emergency system:analysis
recovery_facts      recovery           allergies    owner shared emergency
recovery_facts      recovery           relapses     owner reviewer:operations
contacts            profile            nextOfKin    owner emergency reviewer:operations
contacts            profile            phone        owner shared emergency admin:operations
assessment_state    coaching           readiness    owner shared
assessment_records  coaching           goalsText    owner shared system:analysis
assessment_records  coaching           readiness    owner shared
analyses            coaching           analysis     owner shared system:analysis
analyses            coaching           resources    owner
plan_requests       coaching           goals        owner shared system:analysis
plan_records        coaching           plan         owner shared
profiles            profile            firstName    owner shared emergency system:receipts
profiles            profile            lastName     owner shared emergency system:receipts
profiles            profile            phone        owner shared emergency
donations           giving             dedication   owner
ledger_private      giving             salt         owner system:receipts
operations          account            answer       owner
"""
"""Who may open a field: the person; with a consent that covers it; medical personnel; others."""

INVENTED = ("notes", "recovery_facts", "contacts")
"""Collections that the product does not have yet."""


@dataclass(frozen=True)
class Row:
    """One line of `FIELDS`."""

    collection: str
    category: Category
    field: str
    who: frozenset[str]


def _rows() -> Iterator[Row]:
    for line in FIELDS.strip().splitlines():
        collection, category, field, *who = line.split()
        yield Row(collection, Category(category), field, frozenset(who))


def _covered() -> Iterator[tuple[GrantKind, Purpose, Category]]:
    head, *lines = USES.strip().splitlines()
    for line in lines:
        purpose, *cells = line.split()
        for category, letters in zip(head.split(), cells, strict=True):
            for letter in letters.replace("-", ""):
                yield LETTERS[letter], Purpose(purpose), Category(category)


ROWS = tuple(_rows())
COVERED = frozenset(_covered())
PURPOSES = tuple(Purpose)
CATEGORIES = tuple(Category)
KINDS = tuple(GrantKind)
ROLES = tuple(Role)
CLASSES = (Role.COACH, Role.PARTNER)
USES_OF = {
    (kind, category): [p for p in PURPOSES if (kind, p, category) in COVERED]
    for kind in KINDS
    for category in CATEGORIES
}


def invented_types() -> dict[str, RecordType]:
    """Return the register's rows for the collections that there are not yet."""
    types = {}
    for collection in INVENTED:
        rows = [row for row in ROWS if row.collection == collection]

        def fields(who: str, rows: list[Row] = rows) -> frozenset[str]:
            return frozenset(row.field for row in rows if who in row.who)

        access = Access(
            fields=fields("owner"),
            system_opens={Purpose.ANALYSIS: fields("system:analysis")},
            staff_opens={
                (Role.REVIEWER, Purpose.OPERATIONS): fields("reviewer:operations"),
                (Role.ADMIN, Purpose.OPERATIONS): fields("admin:operations"),
            },
            shared=fields("shared"),
            emergency=fields("emergency"),
        )
        types[collection] = RecordType(collection, "For tests", rows[0].category, access=access)
    return types


@dataclass(frozen=True)
class Case:
    """Somebody who wants to open one field at a time."""

    by: Actor
    record: Record
    row: Row
    at: datetime
    lawful: bool

    @property
    def consented(self) -> bool:
        """Whether a consent, and not an emergency, is what they rely on."""
        return isinstance(self.by, Recipient) and self.by.grant.kind is not GrantKind.EMERGENCY


def random_cases(seed: int, count: int) -> Iterator[Case]:
    """Yield cases that are lawful, or would be but for one or two things, more often than not."""
    dice = random.Random(seed)  # noqa: S311  # repeatable
    for number in range(count):
        row = dice.choice(ROWS)
        subject = dice.choice(PEOPLE)
        hour = dice.randrange(HOURS)
        by = _actor(dice, number, subject, row)
        yield Case(
            by,
            Record(subject, f"{row.collection}/d{number}"),
            row,
            START + timedelta(hours=hour),
            _lawful(by, subject, row, hour),
        )


def _actor(dice: random.Random, number: int, subject: str, row: Row) -> Actor:
    purpose = dice.choice(PURPOSES)
    match dice.randrange(10):
        case 0:
            return Owner(dice.choice(PEOPLE))
        case 1:
            return System(dice.choice((purpose, Purpose.ANALYSIS)))
        case 2:
            return Staff(
                dice.choice(PEOPLE),
                dice.choice((*ROLES, Role.REVIEWER, Role.REVIEWER, Role.ADMIN, Role.ADMIN)),
                dice.choice((purpose, Purpose.OPERATIONS)),
            )
    grants = [_grant(dice, f"g{number}-{i}", subject, row) for i in range(dice.randint(1, 3))]
    grant = dice.choice(grants)
    uid = grant.recipient or dice.choice(PEOPLE)
    return Recipient(
        uid if _usually(dice) else dice.choice(PEOPLE),
        dice.choice(sorted(grant.purposes) if _usually(dice) else PURPOSES),
        grant,
        frozenset(dice.choices((*CLASSES, Role.ADMIN), k=2)),
    )


def _grant(dice: random.Random, grant_id: str, subject: str, row: Row) -> Grant:
    notes = row.category is Category.COUNSELLING_NOTES
    kind = GrantKind.COUNSELLING_NOTES if notes and dice.random() < 0.5 else dice.choice(KINDS)
    uses = (USES_OF[kind, row.category] if _usually(dice) else None) or PURPOSES
    begins = dice.randrange(HOURS // 3)
    ends = dice.randrange(begins + 1, 2 * HOURS)
    revoked = dice.randrange(begins, HOURS) if dice.random() < 0.3 else None
    to_class = dice.random() < 0.2
    return Grant(
        id=grant_id,
        kind=kind,
        subject=subject if _usually(dice) else dice.choice(PEOPLE),
        recipient=None if to_class else dice.choice(PEOPLE),
        recipient_class=dice.choice(CLASSES) if to_class else None,
        purposes=frozenset(dice.choices(uses, k=2)),
        categories=frozenset(
            (dice.choice(CATEGORIES), row.category if _usually(dice) else Category.ACCOUNT)
        ),
        valid_from=START + timedelta(hours=begins),
        valid_until=START + timedelta(hours=ends),
        revoked_at=None if revoked is None else START + timedelta(hours=revoked),
    )


def _usually(dice: random.Random) -> bool:
    return dice.random() < 0.85


def _lawful(by: Actor, subject: str, row: Row, hour: int) -> bool:
    match by:
        case Owner(uid):
            return uid == subject and "owner" in row.who
        case System(purpose):
            return f"system:{purpose}" in row.who
        case Staff(_, role, purpose):
            return f"{role}:{purpose}" in row.who
    grant = by.grant
    begins, ends = _hour(grant.valid_from), _hour(grant.valid_until)
    told = "shared"
    if grant.kind is GrantKind.EMERGENCY:
        told = "emergency"
        ends = min(ends, begins + 24)
    hours = set(range(begins, ends))
    if grant.revoked_at is not None:
        hours.difference_update(range(_hour(grant.revoked_at), 2 * HOURS))
    named = {grant.recipient}
    if grant.recipient_class in by.roles:
        named.add(by.uid)
    return all(
        (
            by.uid in named,
            subject == grant.subject,
            hour in hours,
            (grant.kind, by.purpose, row.category) in COVERED,
            by.purpose in grant.purposes,
            row.category in grant.categories,
            told in row.who,
        )
    )


def _hour(at: datetime) -> int:
    return int((at - START) / timedelta(hours=1))
