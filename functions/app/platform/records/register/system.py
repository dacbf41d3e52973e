"""What the system needs to run, and the audit log."""

from datetime import timedelta

from app.platform.records.models import Access, Category, Erasure, RecordType, Retention
from app.platform.records.register.duties import YEAR

AUDIT_LOG = "The audit log is kept seven years (45 CFR 164.316(b)(2)(i) asks for six)."

ROWS = (
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
        "audit_entries",
        "Who opened, wrote or was refused records of the person",
        Category.ACCOUNT,
        owner_field="subject",
        retention=Retention(7 * YEAR, "at"),
        erasure=Erasure.KEEP,
        duty=AUDIT_LOG,
    ),
    RecordType("audit_heads", "How long each chain of the audit log is", Category.ACCOUNT, None),
    RecordType("dead_letters", "Work that failed, by ids", Category.ACCOUNT, None),
)
