"""The messages of disclosures."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import DocumentId, Instant, Message
from app.kit.pages import PageRequest
from app.platform.consents.models import RecipientClass, Scope
from app.platform.emergencies.models import Details, Finding
from app.platform.records.messages import Shared
from app.platform.records.models import Category, Purpose

READ_MAX = 20


class Notice(Message):
    """What goes with every disclosure that rests on a consent (42 CFR 2.32)."""

    text: str
    citation: str


class ReadDisclosure(PageRequest):
    """The request of `disclosures_read`."""

    consent_id: DocumentId
    purpose: Purpose
    limit: Annotated[int, Field(ge=1, le=READ_MAX)] = READ_MAX


class Disclosure(Message):
    """The response of `disclosures_read`: records, the notice, and what the consent covers.

    A page is of one record type, and may be empty while `nextCursor` is there.
    """

    notice: Notice
    scope: Scope
    items: tuple[Shared, ...]
    next_cursor: str | None


class Basis(StrEnum):
    """What allowed a disclosure."""

    CONSENT = "consent"
    EMERGENCY = "emergency"


class ListDisclosures(PageRequest):
    """The request of `disclosures_list`."""


class Disclosed(Message):
    """One document that was read, and which fields of it. What kind it is, as far as known now."""

    collection: str
    document_id: str
    holds: str | None
    category: Category | None
    fields: tuple[str, ...]


class InEmergency(Details):
    """What was recorded of the emergency, and what its review came to."""

    finding: Finding | None
    reviewed_at: Instant | None


class DisclosureItem(Message):
    """One disclosure (42 CFR 2.25): when, to whom, what of, for what, and what allowed it.

    In an emergency that was opened and not used, `records` is empty. `recipientName` is what the
    consent says; who read is `recipientUid`.
    """

    at: Instant
    basis: Basis
    consent_id: DocumentId | None
    emergency_id: DocumentId | None
    purpose: Purpose
    recipient_uid: str
    recipient_name: str | None
    recipient_class: RecipientClass | None
    notice: bool
    records: tuple[Disclosed, ...]
    emergency: InEmergency | None


class DisclosurePage(Message):
    """The response of `disclosures_list`: the newest first."""

    items: tuple[DisclosureItem, ...]
    next_cursor: str | None
