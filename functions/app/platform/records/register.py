"""The register of everything kept: what it is, who opens it, how long, what erasure does.

A new collection is a row here; a test fails while there is none. `docs/records.md` is made from
these rows.
"""

from datetime import timedelta

from app.kit import retention
from app.kit.retention import Lifetime
from app.kit.roles import Role
from app.platform.records.models import (
    LAST_ACTIVITY,
    Access,
    Category,
    Erasure,
    Purpose,
    RecordType,
    Retention,
)

YEAR = timedelta(days=366)
"""No less than any calendar year has."""
FINANCIAL_RECORDS = "Records of gifts and of the books are kept seven years (26 CFR 1.6001-1)."
PAID_TO_PEOPLE = (
    "Who was paid what is kept seven years, since income tax is due on it (26 CFR 1.6001-1)."
)
PUBLIC_LEDGER = "The public ledger is append-only. Its entries name nobody."
AUDIT_LOG = "The audit log is kept seven years (45 CFR 164.316(b)(2)(i) asks for six)."
CONSENT_RECORDS = (
    "Consents, and disclosures without one, are kept seven years, so that each disclosure can be"
    " accounted for (42 CFR 2.25, 2.51(c); 45 CFR 164.530(j) asks for six)."
)
ERASURE_PROOF = "That a request was fulfilled has to be shown (GDPR Art. 5(2))."
ERASURE_JOURNAL = (
    "Who was erased has to be known, to erase them again where a backup is restored (GDPR Art. "
    "17(1)). The mark is an account number that leads to nobody any more, and a time."
)
LEGAL_HOLD = "What is kept for a legal matter has to be shown to have been kept."

_QUESTIONS = (
    "professionalRole",
    "mainChallenges",
    "mainChallengesOther",
    "skillPriorities",
    "skillPrioritiesOther",
    "learningStyle",
    "goalTimeframe",
    "goalsText",
    "commitmentLevel",
    "feedbackOpennessScore",
    "satisfactionBaseline",
    "additionalContext",
)
_ANSWERS = frozenset(_QUESTIONS)
_ANALYSIS = frozenset({Purpose.ANALYSIS})
_COACHING_KEPT = Retention(2 * YEAR, LAST_ACTIVITY, warned=timedelta(days=30))
_READINESS = frozenset({"readiness"})
_TEXT_AND_HELP = frozenset({"resources"})
_EMERGENCY = frozenset({"personnelName", "affiliation", "discloser", "nature"})
_EMERGENCY_STAFF = frozenset({(Role.ADMIN, Purpose.EMERGENCY), (Role.REVIEWER, Purpose.EMERGENCY)})
_CORRECTION = frozenset({"proposed", "reason", "answer"})
_PROFILE = frozenset(
    {
        "firstName",
        "lastName",
        "company",
        "jobTitle",
        "industry",
        "location",
        "yearsOfExperience",
        "timeZone",
        "bio",
        "linkedinUrl",
        "siteUrl",
        "phone",
        "companySize",
        "teamSize",
        "yearsInRole",
    }
)
_NAME = frozenset({"firstName", "lastName"})
_CONTACT = _NAME | {"phone"}
_MAIL_SECRETS = frozenset({"address", "token"})
_WISH = frozenset({"goals", "timeframe", "intensity"})

_ROWS = (
    RecordType(
        "assessments",
        "How far the analysis of an assessment is",
        Category.COACHING,
        retention=_COACHING_KEPT,
    ),
    RecordType(
        "assessment_state",
        "The latest assessment and its readiness",
        Category.COACHING,
        retention=_COACHING_KEPT,
        owner_field="",
        access=Access(fields=_READINESS, shared=_READINESS),
    ),
    RecordType(
        "assessment_records",
        "The answers of an assessment and its readiness",
        Category.COACHING,
        retention=_COACHING_KEPT,
        access=Access(
            fields=_ANSWERS | _READINESS,
            system_opens={Purpose.ANALYSIS: _ANSWERS},
            shared=_ANSWERS | _READINESS,
        ),
        answers=_QUESTIONS,
    ),
    RecordType(
        "analyses",
        "The analysis of an assessment, and help that was offered",
        Category.COACHING,
        retention=_COACHING_KEPT,
        access=Access(
            fields=frozenset({"analysis"}) | _TEXT_AND_HELP,
            system_opens={Purpose.ANALYSIS: frozenset({"analysis"})},
            system_seals=_ANALYSIS,
            shared=frozenset({"analysis"}),
        ),
    ),
    RecordType(
        "plans", "How far a development plan is", Category.COACHING, retention=_COACHING_KEPT
    ),
    RecordType(
        "plan_state",
        "The latest development plan",
        Category.COACHING,
        retention=_COACHING_KEPT,
        owner_field="",
    ),
    RecordType(
        "plan_requests",
        "What a plan was asked for",
        Category.COACHING,
        retention=_COACHING_KEPT,
        access=Access(fields=_WISH, system_opens={Purpose.ANALYSIS: _WISH}, shared=_WISH),
    ),
    RecordType(
        "plan_records",
        "A development plan, and help that was offered",
        Category.COACHING,
        retention=_COACHING_KEPT,
        access=Access(
            fields=frozenset({"plan"}) | _TEXT_AND_HELP,
            system_seals=_ANALYSIS,
            shared=frozenset({"plan"}),
        ),
    ),
    RecordType(
        "donations",
        "A gift and its state",
        Category.GIVING,
        access=Access(fields=frozenset({"dedication"})),
        retention=Retention(7 * YEAR, "createdAt"),
        erasure=Erasure.KEEP,
        duty=FINANCIAL_RECORDS,
    ),
    RecordType(
        "donor_totals",
        "The sums of the person's gifts, by year and fund",
        Category.GIVING,
        owner_field="",
    ),
    RecordType(
        "monthly_gifts",
        "A gift that recurs, and its state",
        Category.GIVING,
        access=Access(fields=frozenset({"dedication"})),
        retention=Retention(7 * YEAR, "endedAt"),
    ),
    RecordType(
        "gift_terms",
        "What is given each month, from one change to the next",
        Category.GIVING,
    ),
    RecordType(
        "refund_requests",
        "That a refund of a gift was asked for, and what was decided",
        Category.GIVING,
        retention=Retention(7 * YEAR, "requestedAt"),
        erasure=Erasure.KEEP,
        duty=FINANCIAL_RECORDS,
        hidden=frozenset({"requestedBy", "decidedBy"}),
    ),
    RecordType("solicitation", "Where gifts are asked for", Category.GIVING, None),
    RecordType(
        "customers",
        "That Stripe knows the person as a customer, by its number",
        Category.GIVING,
        owner_field="",
    ),
    RecordType(
        "payees",
        "The person's account at Stripe by its number, and what Stripe still needs",
        Category.ACCOUNT,
        retention=Retention(7 * YEAR, "updatedAt"),
        erasure=Erasure.KEEP,
        duty=PAID_TO_PEOPLE,
    ),
    RecordType(
        "earnings",
        "What the person earned by one thing, and what of it was transferred",
        Category.ACCOUNT,
        retention=Retention(7 * YEAR, "updatedAt"),
        erasure=Erasure.KEEP,
        duty=PAID_TO_PEOPLE,
        hidden=frozenset({"hold"}),
    ),
    RecordType(
        "ledger_private",
        "What opens the public ledger's commitment to a gift",
        Category.GIVING,
        access=Access(
            fields=frozenset({"record", "salt"}), system_seals=frozenset({Purpose.LEDGER})
        ),
        retention=Retention(7 * YEAR, "createdAt"),
    ),
    RecordType(
        "receipts",
        "What was given and what went back of it, as receipted; it has no name in it",
        Category.GIVING,
        retention=Retention(7 * YEAR, "givenAt"),
        erasure=Erasure.KEEP,
        duty=FINANCIAL_RECORDS,
    ),
    RecordType(
        "giving_statements",
        "What was given in a year, as stated; it has no name in it",
        Category.GIVING,
        retention=Retention(7 * YEAR, "endsAt"),
        erasure=Erasure.KEEP,
        duty=FINANCIAL_RECORDS,
    ),
    RecordType("receipt_series", "The last receipt number of a year", Category.GIVING, None),
    RecordType(
        "accounts",
        "The roles of an account, and when the terms were accepted",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType(
        "sessions",
        "A sign-in, and on what kind of device",
        Category.ACCOUNT,
        retention=Retention(timedelta(0), "expiresAt"),
    ),
    RecordType(
        "role_changes",
        "That a role was given or taken, and by whom",
        Category.ACCOUNT,
        retention=Retention(7 * YEAR, "proposedAt"),
    ),
    RecordType(
        "operations",
        "Calls that were carried out, with their answers, so that a repeated one changes nothing",
        Category.ACCOUNT,
        # A copy of an answer whose records are audited themselves, shown to the same caller alone.
        access=Access(fields=frozenset({"answer"}), audited=False),
        retention=Retention(timedelta(0), "expiresAt"),
        exported=False,
        withheld="Copies of answers, each of whose records is here itself.",
    ),
    RecordType(
        "rate_limits",
        "How often a function was called lately",
        Category.ACCOUNT,
        retention=Retention(timedelta(0), "arrival"),
        exported=False,
        withheld="A number that is over within minutes.",
    ),
    RecordType(
        "limit_salts",
        "What keeps addresses from being told from the ids of `rate_limits`",
        Category.ACCOUNT,
        owner_field=None,
        retention=Retention(timedelta(0), "expiresAt"),
        exported=False,
    ),
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
        "audit_entries",
        "Who opened, wrote or was refused records of the person",
        Category.ACCOUNT,
        owner_field="subject",
        retention=Retention(7 * YEAR, "at"),
        erasure=Erasure.KEEP,
        duty=AUDIT_LOG,
    ),
    RecordType("audit_heads", "How long each chain of the audit log is", Category.ACCOUNT, None),
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
        retention=_COACHING_KEPT,
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
        "consents",
        "The consents that the person has given and not withdrawn",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType(
        "consent_events",
        "That the person gave or withdrew a consent",
        Category.ACCOUNT,
        retention=Retention(7 * YEAR, "at"),
        erasure=Erasure.KEEP,
        duty=CONSENT_RECORDS,
    ),
    RecordType(
        "part2_consents",
        "A written consent under 42 CFR Part 2, with the names in it",
        Category.ACCOUNT,
        access=Access(fields=frozenset({"patientName", "recipientName", "signature"})),
        retention=Retention(7 * YEAR, "expiresAt"),
        erasure=Erasure.KEEP,
        duty=CONSENT_RECORDS,
    ),
    RecordType(
        "emergencies",
        "A disclosure to medical personnel in an emergency, and its review",
        Category.ACCOUNT,
        access=Access(
            fields=_EMERGENCY,
            staff_opens=dict.fromkeys(_EMERGENCY_STAFF, _EMERGENCY),
            staff_seals=_EMERGENCY_STAFF,
        ),
        retention=Retention(7 * YEAR, "openedAt"),
        erasure=Erasure.KEEP,
        duty=CONSENT_RECORDS,
        hidden=frozenset({"openedBy", "reviewedBy"}),
    ),
    RecordType(
        "breaches",
        "A breach, its numbers and whom it was notified to; it names nobody",
        Category.ACCOUNT,
        owner_field=None,
    ),
    RecordType(
        "payments",
        "A payment, by the donation's id",
        Category.GIVING,
        owner_field=None,
        retention=Retention(7 * YEAR, "updatedAt"),
    ),
    *(
        RecordType(
            collection, holds, Category.GIVING, None, retention=Retention(7 * YEAR, "updatedAt")
        )
        for collection, holds in (
            ("stripe_subscriptions", "A subscription at Stripe, by our id of what it is for"),
            ("stripe_invoices", "An invoice of a subscription"),
            ("stripe_transfers", "Money given to a coach's or vendor's account at Stripe"),
            ("stripe_payouts", "Money on its way from Stripe to a bank"),
            ("stripe_accounts", "What Stripe still needs of a coach's or vendor's account"),
        )
    ),
    RecordType(
        "memberships",
        "Which plan somebody subscribed to, and whether they had a trial",
        Category.ACCOUNT,
    ),
    RecordType(
        "entitlements",
        "The person's subscriptions, which say what they may use",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType("payment_events", "That an event of Stripe came", Category.GIVING, None),
    RecordType("payment_leases", "Who works on an object of Stripe", Category.GIVING, None),
    RecordType("payment_movements", "A movement of money", Category.GIVING, None),
    RecordType("payment_feeds", "How far each listener has walked", Category.GIVING, None),
    RecordType(
        "payment_reconciliations", "How far Stripe's lists were compared", Category.GIVING, None
    ),
    RecordType(
        "payment_cases", "Where the books and Stripe tell different things", Category.GIVING, None
    ),
    RecordType("ledger_queue", "What is to be entered in the ledger", Category.GIVING, None),
    RecordType("ledger_lease", "Who writes the ledger", Category.GIVING, None),
    RecordType("ledger_head", "The state of the ledger", Category.GIVING, None),
    RecordType("ledger_batch", "Entries of the ledger, as committed", Category.GIVING, None),
    RecordType("ledger_progress", "How far entries are shown", Category.GIVING, None),
    RecordType("ledger_entries", "An entry of the public ledger", Category.GIVING, None),
    RecordType(
        "profiles",
        "What the person says of themselves",
        Category.PROFILE,
        owner_field="",
        access=Access(
            fields=_PROFILE,
            system_opens={Purpose.RECEIPTS: _NAME},
            shared=_CONTACT,
            emergency=_CONTACT,
        ),
    ),
    RecordType(
        "onboarding",
        "What the person came for, and the first steps that they marked",
        Category.RECOVERY,  # that somebody came for recovery support is a fact of recovery
        owner_field="",
        access=Access(fields=frozenset({"answers", "progress"})),
    ),
    RecordType(
        "account_links",
        "A link to prove an address or set a password, and whether it was used",
        Category.ACCOUNT,
        access=Access(fields=frozenset({"newEmail"})),
        retention=Retention(timedelta(days=30), "expiresAt"),
    ),
    RecordType(
        "account_locks",
        "How often password or address were changed, and whether they are being",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType(
        "reset_requests",
        "That a new password was asked for, at an address not looked up yet",
        Category.ACCOUNT,
        owner_field=None,
        access=Access(
            fields=frozenset({"email"}),
            system_opens={Purpose.ACCOUNT: frozenset({"email"})},
            system_seals=frozenset({Purpose.ACCOUNT}),
            audited=False,  # it is nobody's yet
        ),
        retention=Retention(timedelta(hours=1), "requestedAt"),
        exported=False,
    ),
    RecordType(
        "outbox",
        "A mail to the person, and whether it was sent",
        Category.ACCOUNT,
        access=Access(
            fields=_MAIL_SECRETS,
            system_opens={Purpose.MAIL: _MAIL_SECRETS},
            system_seals=frozenset({Purpose.MAIL}),
        ),
        retention=Retention(timedelta(days=90), "queuedAt"),
        exported=False,
        withheld="With the token of a link, whoever has the export could get in.",
    ),
    RecordType("dead_letters", "Work that failed, by ids", Category.ACCOUNT, None),
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

TYPES = {row.collection: row for row in _ROWS}
"""Every collection by its name."""

for _row in _ROWS:
    if _row.retention is not None and _row.retention.since != LAST_ACTIVITY:
        retention.declare(_row.collection, Lifetime(_row.retention.since, _row.retention.period))
