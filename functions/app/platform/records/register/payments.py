"""What is kept of payers, payees and what Stripe tells."""

from datetime import timedelta

from app.platform.records.models import Category, Erasure, RecordType, Retention
from app.platform.records.register.duties import YEAR

PAID_TO_PEOPLE = (
    "Who was paid what is kept seven years, since income tax is due on it (26 CFR 1.6001-1)."
)

ROWS = (
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
    RecordType(
        "payment_events",
        "That an event of Stripe came",
        Category.GIVING,
        owner_field=None,
        # Stripe lists and resends events for 30 days, in which they must be known to be handled.
        # What waits, for its task or for staff, is not handled and stays.
        retention=Retention(timedelta(days=90), "handledAt"),
    ),
    RecordType("payment_leases", "Who works on an object of Stripe", Category.GIVING, None),
    RecordType("payment_movements", "A movement of money", Category.GIVING, None),
    RecordType("payment_feeds", "How far each listener has walked", Category.GIVING, None),
    RecordType(
        "payment_reconciliations", "How far Stripe's lists were compared", Category.GIVING, None
    ),
    RecordType(
        "payment_cases", "Where the books and Stripe tell different things", Category.GIVING, None
    ),
)
