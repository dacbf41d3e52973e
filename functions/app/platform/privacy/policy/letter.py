"""What an export says of itself. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.platform.records.models import Erasure, RecordType

_LETTER = """\
YOUR DATA AT EVERGROW360 AND SECONDWIND
Gathered on {at} (UTC), for you alone. The file can be downloaded until {until} and is deleted then;
keep your copy where nobody else reads it. It is not encrypted once you have it.

WHAT IS IN IT
account.json     Your account for signing in, as Firebase Authentication keeps it. No password: it
                 keeps only a form of it that cannot be read back.
data/*.json      Everything we hold about you, one file for each kind of record, complete. What is
                 kept encrypted stands under "confidential", as you wrote it or as it was written.
csv/*.csv        The same as tables. Names with dots are fields inside of fields; lists are JSON. A
                 text that a spreadsheet could take for a formula has an apostrophe before it.
fhir/bundle.json Your consents, the log of who accessed your records, and your answers to
                 questionnaires, in the shapes of HL7 FHIR R4: Consent, AuditEvent,
                 QuestionnaireResponse. {resources} in all.
Times are UTC. Amounts are in the smallest unit of their currency.

RECORDS
{records}

LEFT OUT, AND WHY
{left_out}
In records of access, which of our staff it was: the role and the purpose are there.
Counters by which writes to the same record are told apart.
{unreadable}
WHAT YOU CAN DO
Ask for a correction (privacy_correct), or for erasure (privacy_erase), in the settings of your
account. You may complain to your data protection authority, or in the United States to the
Secretary of Health and Human Services (42 CFR 2.4, 45 CFR 160.306).
"""


def readme(  # noqa: PLR0913  # what an export has to say
    kinds: Iterable[RecordType],
    counts: Mapping[str, int],
    *,
    resources: int,
    unreadable: int,
    at: datetime,
    until: datetime,
) -> str:
    """Return the letter that goes with an export.

    Args:
        kinds: the register.
        counts: records by collection.
        resources: how many are in the FHIR bundle.
        unreadable: how many records hold something that does not open.
        at: when it was gathered.
        until: when the file is deleted.
    """
    kinds = list(kinds)
    return _LETTER.format(
        at=f"{at:%Y-%m-%d %H:%M}",
        until=f"{until:%Y-%m-%d %H:%M}",
        resources=resources,
        records="\n".join(
            f"{kind.collection}: {counts[kind.collection]}. {kind.holds}. {_kept(kind)}"
            for kind in kinds
            if kind.collection in counts
        ),
        left_out="\n".join(
            f"{kind.collection}: {kind.holds}. {kind.withheld}"
            for kind in kinds
            if kind.owner_field is not None and not kind.exported
        ),
        unreadable=_UNREADABLE.format(count=unreadable) if unreadable else "",
    )


_UNREADABLE = """\
In {count} records something could not be opened: its key was erased, or it was damaged. The fields
are named there under "unreadable". Please tell us.
"""


def _kept(kind: RecordType) -> str:
    if kind.retention is None:
        return "Kept as long as your account."
    duty = f" {kind.duty}" if kind.erasure is Erasure.KEEP else ""
    days = kind.retention.period.days
    return f"Kept {days} days after {kind.retention.since}.{duty}"
