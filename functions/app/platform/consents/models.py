"""Consents: their documents, and the messages of their functions."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.locale import Locale
from app.kit.model import Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest
from app.kit.roles import Role
from app.platform.records.models import Category, Purpose

NAME_MAX = 200

Name = Annotated[str, Field(max_length=NAME_MAX)]


class ConsentKind(StrEnum):
    """What a person can consent to. The last four are those of 42 CFR Part 2."""

    PROCESSING = "processing"
    MARKETING = "marketing"
    ANALYTICS = "analytics"
    COACH_CHAT_RETENTION = "coach_chat_retention"
    CONSENT = "consent"
    TPO = "tpo"
    COUNSELLING_NOTES = "counselling_notes"
    LEGAL_PROCEEDING = "legal_proceeding"


GENERAL = (
    ConsentKind.PROCESSING,
    ConsentKind.MARKETING,
    ConsentKind.ANALYTICS,
    ConsentKind.COACH_CHAT_RETENTION,
)
"""Consents that are on or off, each one at most once."""


class Discloser(StrEnum):
    """Who holds records and may be allowed to disclose them."""

    EVERGROW360 = "evergrow360"
    SECONDWIND = "secondwind"


class RecipientClass(StrEnum):
    """Classes of people to whom records may go: everybody who holds the role."""

    COACH = "coach"
    PARTNER = "partner"

    @property
    def role(self) -> Role:
        """The role."""
        return Role(self.value)


class Given(Document):
    """That a general consent is on: to which version of its text, in which language, since when."""

    version: int
    locale: Locale
    at: Instant


class ConsentState(Revised):
    """`consents/{uid}`: the general consents that a person has given and not withdrawn.

    `given` is keyed by kind. A kind that is not there is off.
    """

    given: dict[str, Given] = Field(default_factory=dict)


class ConsentAct(StrEnum):
    """What a person did with a consent."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentEvent(Document):
    """`consent_events/{id}`: a consent was given or withdrawn. Made once, never changed.

    `consent_id` is that of a Part 2 consent, or the kind of a general one.
    """

    uid: str
    consent_id: str
    kind: ConsentKind
    act: ConsentAct
    version: int
    locale: Locale | None
    at: Instant


class Part2Consent(Revised):
    """`part2_consents/{id}`: a written consent of 42 CFR 2.31, signed by the person it is about.

    Sealed under the person's key: `patientName`, `recipientName`, `signature`.
    """

    uid: str
    kind: ConsentKind
    version: int
    locale: Locale
    disclosers: tuple[Discloser, ...]
    recipient_uid: str | None
    recipient_class: RecipientClass | None
    categories: tuple[Category, ...]
    purposes: tuple[Purpose, ...]
    signed_at: Instant
    valid_from: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    sealed: dict[str, bytes]


class Part2Form(Message):
    """The elements of a written consent (42 CFR 2.31(a)), as the person filled them in.

    Each is required; they are optional here so that a missing one is refused with the reason.
    The statements are those of the form's text, each confirmed by itself.

    Attributes:
        patient_name: (a)(1).
        disclosers: (a)(2), who may disclose.
        categories: (a)(3), the information.
        recipient_uid: (a)(4), the account of the one who receives it; or
        recipient_class: everybody who holds a role.
        recipient_name: the name of the one with `recipient_uid`.
        purposes: (a)(5).
        revocation_understood: (a)(6), the right to revoke, and how.
        expires_at: (a)(7).
        signature: (a)(8), the name typed once more.
        attested: that it was the person who typed it, as a signature.
        signed_at: (a)(9).
        redisclosure_understood: (a)(4)(iii), (a)(10), for treatment, payment and operations.
        refusal_understood: (a)(10), what follows from not signing, on the TPO form.
    """

    patient_name: Name | None = None
    disclosers: Annotated[tuple[Discloser, ...], Field(max_length=2)] = ()
    categories: Annotated[tuple[Category, ...], Field(max_length=6)] = ()
    recipient_uid: DocumentId | None = None
    recipient_class: RecipientClass | None = None
    recipient_name: Name | None = None
    purposes: Annotated[tuple[Purpose, ...], Field(max_length=5)] = ()
    revocation_understood: bool = False
    expires_at: Instant | None = None
    signature: Name | None = None
    attested: bool = False
    signed_at: Instant | None = None
    redisclosure_understood: bool = False
    refusal_understood: bool = False


class GiveConsent(Message):
    """The request of `consents_give`. `version` is that of the text which the person saw.

    `part2` is the filled form of a Part 2 kind, and absent for a general one.
    """

    kind: ConsentKind
    version: Annotated[int, Field(ge=1, le=10_000)]
    locale: Locale
    part2: Part2Form | None = None
    idempotency_key: IdempotencyKey


class WithdrawConsent(Message):
    """The request of `consents_withdraw`. `consentId` is one of `consents_list`."""

    consent_id: DocumentId
    idempotency_key: IdempotencyKey


class ConsentGiven(Message):
    """The response of `consents_give`."""

    consent_id: DocumentId
    kind: ConsentKind
    version: int
    given_at: Instant


class ConsentWithdrawn(Message):
    """The response of `consents_withdraw`: it is off since then, or was already."""

    consent_id: DocumentId
    withdrawn_at: Instant | None


class ListConsents(PageRequest):
    """The request of `consents_list`."""

    locale: Locale = Locale.EN


class GeneralConsent(Message):
    """One of the general consents. It is on while `givenVersion` is the current `version`."""

    consent_id: DocumentId
    kind: ConsentKind
    on: bool
    given_version: int | None
    given_at: Instant | None
    version: int
    text: str


class FormText(Message):
    """A form of Part 2 as it is to be shown; its statements by the field that confirms each."""

    kind: ConsentKind
    version: int
    text: str
    statements: dict[str, str]


class Scope(Message):
    """What a Part 2 consent covers, as the recipient is told (42 CFR 2.32(b))."""

    consent_id: DocumentId
    kind: ConsentKind
    version: int
    disclosers: tuple[Discloser, ...]
    categories: tuple[Category, ...]
    purposes: tuple[Purpose, ...]
    signed_at: Instant
    expires_at: Instant


class Part2Item(Scope):
    """A Part 2 consent as its person sees it, with the names in it."""

    patient_name: str
    recipient_uid: str | None
    recipient_class: RecipientClass | None
    recipient_name: str | None
    signature: str
    valid_from: Instant
    revoked_at: Instant | None
    in_force: bool


class ConsentPage(Message):
    """The response of `consents_list`: every general consent, the forms, and a page of Part 2."""

    general: tuple[GeneralConsent, ...]
    forms: tuple[FormText, ...]
    part2: tuple[Part2Item, ...]
    next_cursor: str | None


class ListHistory(PageRequest):
    """The request of `consents_list_history`."""


class HistoryItem(Message):
    """One giving or withdrawal."""

    consent_id: DocumentId
    kind: ConsentKind
    act: ConsentAct
    version: int
    locale: Locale | None
    at: Instant


class HistoryPage(Message):
    """The response of `consents_list_history`: the newest first."""

    items: tuple[HistoryItem, ...]
    next_cursor: str | None
