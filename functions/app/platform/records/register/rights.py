"""What rights, retention and keys leave behind."""

from datetime import timedelta

from app.kit.roles import Role
from app.platform.records.models import Access, Category, Erasure, Purpose, RecordType, Retention
from app.platform.records.register.duties import COACHING_KEPT, YEAR

ERASURE_PROOF = "That a request was fulfilled has to be shown (GDPR Art. 5(2))."
ERASURE_JOURNAL = (
    "Who was erased has to be known, to erase them again where a backup is restored (GDPR Art. "
    "17(1)). The mark is an account number that leads to nobody any more, and a time."
)
LEGAL_HOLD = "What is kept for a legal matter has to be shown to have been kept."
_CORRECTION = frozenset({"proposed", "reason", "answer"})

ROWS = (
    RecordType(
        "erasures",
        "A request to be erased, and the report of what was erased and kept",
        Category.ACCOUNT,
        retention=Retention(7 * YEAR, "finishedAt"),
        erasure=Erasure.KEEP,
        duty=ERASURE_PROOF,
    ),
    RecordType(
        "key_rotations",
        "That the person's data key was renewed",
        Category.ACCOUNT,
    ),
    RecordType(
        "activity",
        "When the person last did anything here",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType(
        "notices",
        "What the person was told before records of theirs were deleted",
        Category.ACCOUNT,
        retention=Retention(YEAR, "endsAt"),
    ),
    RecordType(
        "holds",
        "A legal hold of what is about a person, or of a record type",
        Category.ACCOUNT,
        owner_field="subject",
        retention=Retention(7 * YEAR, "liftedAt"),
        erasure=Erasure.KEEP,
        duty=LEGAL_HOLD,
        exported=False,
        withheld="Telling of it could harm an investigation (GDPR art. 23(1)(d), (j)).",
    ),
    RecordType(
        "corrections",
        "What the person says is wrong in a record, and what was decided",
        Category.ACCOUNT,
        retention=COACHING_KEPT,
        access=Access(
            fields=_CORRECTION,
            staff_opens={(Role.REVIEWER, Purpose.RIGHTS): frozenset({"proposed", "reason"})},
            staff_seals=frozenset({(Role.REVIEWER, Purpose.RIGHTS)}),
        ),
        hidden=frozenset({"decidedBy"}),
    ),
    RecordType(
        "exports",
        "The latest export of everything that is held about the person",
        Category.ACCOUNT,
        retention=Retention(timedelta(days=30), "requestedAt"),
        hidden=frozenset({"run", "attempts", "leaseUntil"}),
    ),
    RecordType(
        "person_keys",
        "The person's data keys, wrapped; after an erasure a mark in their place",
        Category.ACCOUNT,
        owner_field="",
        retention=Retention(7 * YEAR, "erasedAt"),
        erasure=Erasure.KEEP,
        duty=ERASURE_JOURNAL,
        exported=False,
        withheld="Keys that open the records here, which are open already.",
        database="keys",
    ),
)
