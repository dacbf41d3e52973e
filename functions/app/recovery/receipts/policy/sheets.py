"""A receipt or a statement as a page says it: every text, in the order in which it is read."""

import re
import unicodedata
from datetime import datetime

from app.recovery.charity import ZONE, Issuer
from app.recovery.receipts.models.receipts import Receipt, Reversal, ReversalKind, Version
from app.recovery.receipts.models.sheets import Sheet, Table
from app.recovery.receipts.models.statements import Statement
from app.recovery.receipts.policy import in_ledger, wording
from app.recovery.receipts.policy.statements import total_cents
from app.recovery.receipts.policy.wording import dollars

NAMELESS = "Donor"
"""Who a receipt is for, where the donor has told no name that can be printed."""

_PRINTABLE = re.compile("[\u0020-\u007e\u00a0-\u04ff\u0590-\u05ff\u1e00-\u1fff\u2010-\u2027]*")
_CHARITABLE = (
    "{name} is a tax-exempt organization under section 501(c)(3) of the Internal Revenue Code."
    " Contributions to it are deductible as the law allows."
)
_VOID = (
    "The whole of this payment was returned. It is no contribution, and nothing of it may be"
    " deducted."
)
_THANKS = (
    "Thank you for your gifts. This statement lists each of your receipts of the year, and what was"
    " returned of it."
)
_HOW = {
    ReversalKind.REFUND: "refunded",
    ReversalKind.DISPUTE: "returned through the donor's bank",
}


def receipt(
    found: Receipt,
    version: int,
    name: str,
    goods: wording.Goods = wording.NOTHING,
    ledger: in_ledger.Told = in_ledger.NOTHING,
) -> Sheet:
    """Return a version of a receipt, numbered from 1, as a page says it."""
    issued = found.versions[version - 1]
    returned = min(found.amount_cents, sum(reversal.cents for reversal in issued.reversals))
    void = bool(returned) and returned == found.amount_cents
    kept = found.amount_cents - returned
    facts = [
        ("Receipt number", found.number or ""),
        ("Version", str(version)),
        ("Date of gift", day(found.given_at)),
        ("Date of issue", day(issued.issued_at)),
        ("Amount paid", f"{dollars(found.amount_cents)} {found.currency}"),
    ]
    if returned:
        facts.append(("Amount returned", f"{dollars(returned)} {found.currency}"))
        facts.append(("Amount of the gift", f"{dollars(kept)} {found.currency}"))
    words = ["Thank you for your gift. Please keep this receipt for your tax records."]
    words += wording.required(found.amount_cents, goods)
    words.append(_CHARITABLE.format(name=issued.issuer.name))
    if void:
        words = [_VOID]
    kind = "Void receipt" if void else "Corrected receipt" if version > 1 else "Receipt"
    return Sheet(
        title=f"{kind} {found.number}",
        heading={"Receipt": "Donation receipt"}.get(kind, kind),
        notice=_notice(issued, version, void=void),
        issued=_date(issued.issued_at),
        letterhead=_letterhead(issued.issuer),
        addressee=name,
        facts=tuple(facts),
        paragraphs=tuple(words),
        table=None,
        section=ledger.section,
        files=ledger.files,
        closing=issued.issuer.registration,
        footer=_footer(issued.issuer),
    )


def statement(found: Statement, name: str) -> Sheet:
    """Return the last version of a statement as a page says it."""
    number, last, issuer = len(found.versions), found.versions[-1], found.issuer
    if issuer is None:
        raise ValueError("The statement is not issued.")
    rows = tuple(
        (
            line.number,
            day(line.given_at),
            dollars(line.amount_cents),
            dollars(line.reversed_cents),
            dollars(line.amount_cents - line.reversed_cents),
        )
        for line in found.lines
    )
    sums = (last.received_cents, last.reversed_cents, total_cents(last))
    heading = f"Giving statement {found.year}"
    replaced = (
        f"Corrected: this statement, version {number}, replaces every earlier one for {found.year}."
    )
    return Sheet(
        title=f"{heading}, version {number}" if number > 1 else heading,
        heading=heading,
        notice=replaced if number > 1 else "",
        issued=_date(last.issued_at),
        letterhead=_letterhead(issuer),
        addressee=name,
        facts=(
            ("Calendar year", str(found.year)),
            ("Version", str(number)),
            ("Date of issue", day(last.issued_at)),
            ("Total of your gifts", f"{dollars(total_cents(last))} USD"),
        ),
        paragraphs=(
            _THANKS,
            "No goods or services were provided in exchange for any of these contributions.",
            _CHARITABLE.format(name=issuer.name),
        ),
        table=Table(
            ("Receipt", "Date of gift", "Paid", "Returned", "Gift"),
            rows,
            ("Total", "", *map(dollars, sums)),
        ),
        section=None,
        files=(),
        closing=issuer.registration,
        footer=_footer(issuer),
    )


def day(at: datetime) -> str:
    """Return the day of a moment, where the charity is, such as December 31, 2026."""
    local = at.astimezone(ZONE)
    return f"{local:%B} {local.day}, {local.year}"


def _notice(issued: Version, version: int, *, void: bool) -> str:
    told = " ".join(map(_returned, issued.reversals))
    if void:
        return f"Void: {told}"
    if version > 1:
        replaced = f"This version {version} replaces every earlier one."
        again = "Nothing is returned any more; the whole amount stands."
        return f"Corrected: {told or again} {replaced}"
    return told


def _returned(reversal: Reversal) -> str:
    how = _HOW[reversal.kind]
    return f"{dollars(reversal.cents)} of this was {how} on {day(reversal.at)}."


def _letterhead(issuer: Issuer) -> tuple[str, ...]:
    return (issuer.name, issuer.address, f"EIN {issuer.ein}", issuer.contact)


def _footer(issuer: Issuer) -> str:
    return f"{issuer.name} · EIN {issuer.ein}"


def _date(at: datetime) -> tuple[int, int, int]:
    local = at.astimezone(ZONE)
    return local.year, local.month, local.day


def printable(*names: str | None) -> str:
    """Return a donor's names in one line, or `NAMELESS` where a letter of them cannot be printed.

    The fonts at hand have the Latin, Greek, Cyrillic and Hebrew alphabets.
    """
    words = [word for name in names if name for word in name.split()]
    line = unicodedata.normalize("NFC", " ".join(words))
    assigned = all(not unicodedata.category(letter).startswith("C") for letter in line)
    return line if line and assigned and _PRINTABLE.fullmatch(line) else NAMELESS
