"""What makes a consent, and what it allows. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.platform.consents.models import (
    GENERAL,
    ConsentKind,
    ConsentState,
    Discloser,
    GiveConsent,
    Part2Consent,
    Part2Form,
    Scope,
)
from app.platform.consents.texts import VERSION
from app.platform.records.models import Category, Grant, GrantKind, Purpose
from app.platform.records.policy import CONSENTABLE, TPO, in_force

LONGEST = timedelta(days=730)
"""How far ahead a consent may reach. The law names no limit; after two years one is asked anew."""
SIGNED_WITHIN = timedelta(hours=24)
CLOCK_SKEW = timedelta(minutes=5)

NOTES = frozenset({Category.COUNSELLING_NOTES})
SHAREABLE = frozenset(Category) - NOTES - {Category.ACCOUNT}
HOLDERS = {
    Category.COACHING: Discloser.EVERGROW360,
    Category.GIVING: Discloser.SECONDWIND,
    Category.RECOVERY: Discloser.SECONDWIND,
    Category.COUNSELLING_NOTES: Discloser.SECONDWIND,
}
"""Who must be named as disclosing, since nobody else holds records of the category."""
NAMED_ONLY = frozenset({ConsentKind.COUNSELLING_NOTES, ConsentKind.LEGAL_PROCEEDING})
"""Kinds that go to one named recipient and to no class."""

type Problems = list[tuple[str, str]]


@dataclass(frozen=True)
class Elements:
    """A form on which nothing is missing."""

    form: Part2Form
    patient_name: str
    signature: str
    recipient_name: str | None
    signed_at: datetime
    expires_at: datetime


def allows(state: ConsentState | None, kind: ConsentKind) -> bool:
    """Whether a general consent is on: given, to the current text, and not withdrawn."""
    given = None if state is None else state.given.get(kind)
    return given is not None and given.version == VERSION[kind]


def require_current(request: GiveConsent) -> None:
    """Refuse a consent to a text that is not the current one.

    Raises:
        FailedPreconditionError: with the field, and the version to be shown instead.
    """
    current = VERSION[request.kind]
    if request.version != current:
        raise FailedPreconditionError(
            f"This text has changed. Read version {current} first.",
            [{"field": "version", "problem": f"is not the current one, which is {current}"}],
        )


def elements(request: GiveConsent, *, uid: str) -> Elements | None:
    """Return the filled form of a Part 2 consent; None for a general one.

    Raises:
        InvalidArgumentError: names every element that is missing, false, or not for this kind.
    """
    form = request.part2
    if request.kind in GENERAL:
        if form is not None:
            raise InvalidArgumentError.of("part2", "is not for this kind")
        return None
    if form is None:
        raise InvalidArgumentError.of("part2", "is required for this kind")
    _refuse([*_missing(form), *_misfits(request.kind, form, uid)])
    assert form.patient_name is not None  # noqa: S101  # `_missing` found them all
    assert form.signature is not None  # noqa: S101  # as above
    assert form.signed_at is not None  # noqa: S101  # as above
    assert form.expires_at is not None  # noqa: S101  # as above
    return Elements(
        form=form,
        patient_name=form.patient_name,
        signature=form.signature,
        recipient_name=form.recipient_name,
        signed_at=form.signed_at,
        expires_at=form.expires_at,
    )


def require_dates(given: Elements, at: datetime) -> None:
    """Refuse a signature that is not of now, and an end that is past or too far.

    Raises:
        InvalidArgumentError: names the date.
    """
    problems: Problems = []
    if given.signed_at > at + CLOCK_SKEW:
        problems.append(("signedAt", "lies in the future"))
    elif given.signed_at < at - SIGNED_WITHIN:
        problems.append(("signedAt", "is too long ago: sign anew"))
    if given.expires_at <= at:
        problems.append(("expiresAt", "is past"))
    elif given.expires_at > at + LONGEST:
        problems.append(("expiresAt", f"is more than {LONGEST.days} days ahead"))
    _refuse(problems)


def grant_of(consent_id: str, consent: Part2Consent) -> Grant:
    """Return what a written consent allows."""
    return Grant(
        id=consent_id,
        kind=GrantKind(consent.kind.value),
        subject=consent.uid,
        recipient=consent.recipient_uid,
        recipient_class=None if consent.recipient_class is None else consent.recipient_class.role,
        purposes=frozenset(consent.purposes),
        categories=frozenset(consent.categories),
        valid_from=consent.valid_from,
        valid_until=consent.expires_at,
        revoked_at=consent.revoked_at,
    )


def holds(consent: Part2Consent, at: datetime) -> bool:
    """Whether a written consent is in force."""
    return in_force(grant_of("", consent), at)


def scope(consent_id: str, consent: Part2Consent) -> Scope:
    """Return what the recipient is told that a written consent covers."""
    return Scope(
        consent_id=consent_id,
        kind=consent.kind,
        version=consent.version,
        disclosers=consent.disclosers,
        categories=consent.categories,
        purposes=consent.purposes,
        signed_at=consent.signed_at,
        expires_at=consent.expires_at,
    )


def _missing(form: Part2Form) -> Problems:
    """Return the elements of 42 CFR 2.31(a) that are not there."""
    required: dict[str, Any] = {
        "patientName": _text(form.patient_name),
        "disclosers": form.disclosers,
        "categories": form.categories,
        "purposes": form.purposes,
        "revocationUnderstood": form.revocation_understood,
        "expiresAt": form.expires_at,
        "signature": _text(form.signature),
        "attested": form.attested,
        "signedAt": form.signed_at,
    }
    problems = [(field, "is required") for field, value in required.items() if not value]
    if form.recipient_uid is None and form.recipient_class is None:
        problems.append(("recipientUid", "or recipientClass is required"))
    if form.recipient_uid is not None and not _text(form.recipient_name):
        problems.append(("recipientName", "is required"))
    return problems


def _misfits(kind: ConsentKind, form: Part2Form, uid: str) -> Problems:
    """Return what does not go together, or not with this kind."""
    problems: Problems = []

    def check(is_right: object, field: str, problem: str) -> None:
        if not is_right:
            problems.append((field, problem))

    categories, purposes = set(form.categories), set(form.purposes)
    notes = kind is ConsentKind.COUNSELLING_NOTES
    check(
        categories <= (NOTES if notes else SHAREABLE),
        "categories",
        "counselling notes stand in a consent of their own"
        if categories & NOTES or notes
        else "account data are not disclosed",
    )
    check(_FITTING[kind](purposes), "purposes", "are not those of this kind")
    holders = {HOLDERS[category] for category in categories if category in HOLDERS}
    check(holders <= set(form.disclosers), "disclosers", "must name who holds these records")
    if form.recipient_uid is not None:
        check(form.recipient_class is None, "recipientClass", "or recipientUid, not both")
        check(form.recipient_uid != uid, "recipientUid", "is your own")
    elif form.recipient_class is not None:
        check(kind not in NAMED_ONLY, "recipientUid", "is required for this kind")
        check(form.recipient_name is None, "recipientName", "is for one recipient, not a class")
    if purposes & TPO:
        check(form.redisclosure_understood, "redisclosureUnderstood", "is required")
    if kind is ConsentKind.TPO:
        check(form.refusal_understood, "refusalUnderstood", "is required")
    same = _text(form.signature).casefold() == _text(form.patient_name).casefold()
    check(same or not form.signature, "signature", "must be the patient's name")
    return problems


_FITTING: dict[ConsentKind, Callable[[set[Purpose]], bool]] = {
    ConsentKind.CONSENT: lambda purposes: purposes <= CONSENTABLE,
    ConsentKind.COUNSELLING_NOTES: lambda purposes: purposes <= CONSENTABLE,
    ConsentKind.TPO: lambda purposes: purposes in (set(), set(TPO)),
    ConsentKind.LEGAL_PROCEEDING: lambda purposes: purposes <= {Purpose.LEGAL_PROCEEDING},
}
"""Whether purposes, if there are any, are right for a kind."""


def _text(text: str | None) -> str:
    """Return a text without white space around and doubled inside."""
    return " ".join((text or "").split())


def _refuse(problems: Problems) -> None:
    if problems:
        named = [{"field": f"part2.{field}", "problem": text} for field, text in problems]
        listed = ", ".join(dict.fromkeys(problem["field"] for problem in named))
        raise InvalidArgumentError(f"Check these fields: {listed}.", named)
