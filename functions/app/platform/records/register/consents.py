"""Consents, what was disclosed under them or without, and breaches."""

from app.kit.roles import Role
from app.platform.records.models import Access, Category, Erasure, Purpose, RecordType, Retention
from app.platform.records.register.duties import YEAR

CONSENT_RECORDS = (
    "Consents, and disclosures without one, are kept seven years, so that each disclosure can be"
    " accounted for (42 CFR 2.25, 2.51(c); 45 CFR 164.530(j) asks for six)."
)
_EMERGENCY = frozenset({"personnelName", "affiliation", "discloser", "nature"})
_EMERGENCY_STAFF = frozenset({(Role.ADMIN, Purpose.EMERGENCY), (Role.REVIEWER, Purpose.EMERGENCY)})

ROWS = (
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
)
