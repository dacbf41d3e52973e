"""The mails that receipts and statements go out with, each once for a version."""

import re

from app.kit import ids
from app.platform.mail.models import Template
from app.recovery.receipts.models.receipts import Notice, Receipt
from app.recovery.receipts.models.statements import Statement

_ATTACHED = re.compile(r"(receipt|statement)-([0-9a-f]{32})-([1-9][0-9]{0,5})")


def of_receipt(receipt_id: str, receipt: Receipt) -> Notice:
    """Return the mail of the last version of a receipt."""
    version = len(receipt.versions)
    template = Template.RECEIPT if version == 1 else Template.RECEIPT_CORRECTED
    attached = f"receipt-{receipt_id}-{version}"
    return Notice(_id(attached), template, {"number": receipt.number or ""}, attached)


def of_statement(statement_id: str, statement: Statement) -> Notice:
    """Return the mail of the last version of a statement."""
    version = len(statement.versions)
    first, again = Template.GIVING_STATEMENT, Template.GIVING_STATEMENT_CORRECTED
    attached = f"statement-{statement_id}-{version}"
    template = first if version == 1 else again
    return Notice(_id(attached), template, {"year": str(statement.year)}, attached)


def attached(name: str) -> tuple[str, str, int]:
    """Return what a mail's attachment is: `receipt` or `statement`, the id and the version.

    Raises:
        ValueError: no mail of ours names it so.
    """
    found = _ATTACHED.fullmatch(name)
    if found is None:
        raise ValueError("This is no attachment of ours.")
    return found[1], found[2], int(found[3])


def _id(attached: str) -> str:
    return ids.digest("receipt-mail/v1", attached)
