"""What giving and its public books keep."""

from app.platform.records.models import Access, Category, Erasure, Purpose, RecordType, Retention
from app.platform.records.register.duties import YEAR

FINANCIAL_RECORDS = "Records of gifts and of the books are kept seven years (26 CFR 1.6001-1)."

ROWS = (
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
        "ledger_private",
        "What opens the public ledger's commitment to a gift, or to a payment for the person",
        Category.GIVING,
        access=Access(
            fields=frozenset({"record", "salt"}),
            system_opens={Purpose.RECEIPTS: frozenset({"record", "salt"})},
            system_seals=frozenset({Purpose.LEDGER}),
        ),
        retention=Retention(7 * YEAR, "createdAt"),
    ),
    RecordType(
        "ledger_payments",
        "A payment for the person, as the public ledger counts it; it shows nobody",
        Category.GIVING,
        retention=Retention(7 * YEAR, "createdAt"),
        erasure=Erasure.KEEP,
        duty=FINANCIAL_RECORDS,
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
    RecordType("ledger_queue", "What is to be entered in the ledger", Category.GIVING, None),
    RecordType("ledger_lease", "Who writes the ledger", Category.GIVING, None),
    RecordType("ledger_head", "The state of the ledger", Category.GIVING, None),
    RecordType("ledger_batch", "Entries of the ledger, as committed", Category.GIVING, None),
    RecordType("ledger_progress", "How far entries are shown", Category.GIVING, None),
    RecordType("ledger_groups", "Which payments an entry tells of", Category.GIVING, None),
    RecordType("ledger_grouping", "How far payments are grouped", Category.GIVING, None),
    RecordType("ledger_vendor_keys", "What hides vendors for a quarter", Category.GIVING, None),
    RecordType("ledger_statistics", "Sums of the public ledger", Category.GIVING, None),
    RecordType("ledger_entries", "An entry of the public ledger", Category.GIVING, None),
)
