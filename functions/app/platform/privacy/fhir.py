"""Records in the shapes of HL7 FHIR R4 (4.0.1): Consent, AuditEvent, QuestionnaireResponse."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from app.kit import ids
from app.platform.privacy.models.holdings import Holding
from app.platform.records.models import RecordType

AUDIT_TYPE = {
    "system": "http://dicom.nema.org/resources/ontology/DCM",
    "code": "110110",
    "display": "Patient Record",
}
ACTIONS = {"read": "R", "write": "U"}
"""By what was done; anything else is "E", execute."""
PRIVACY_SCOPE = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
            "display": "Privacy Consent",
        }
    ]
}
CONSENT_CATEGORY = {"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}
PART_2 = "https://www.ecfr.gov/current/title-42/part-2"


def resources(kind: RecordType, held: Holding) -> Iterator[dict[str, Any]]:
    """Yield the resources that a record is in FHIR; none for most. FHIR knows no empty list."""
    for resource in _resources(kind, held):
        yield {name: value for name, value in resource.items() if value != []}


def _resources(kind: RecordType, held: Holding) -> Iterator[dict[str, Any]]:
    if kind.collection == "audit_entries":
        yield _audit_event(held)
    elif kind.collection == "part2_consents":
        yield _part2_consent(held)
    elif kind.collection == "consents":
        for name, given in held.fields.get("given", {}).items():
            yield _general_consent(held, name, given)
    elif kind.answers and held.opened:
        yield _questionnaire_response(kind, held)


def _audit_event(held: Holding) -> dict[str, Any]:
    entry = held.fields
    refused = entry.get("outcome") == "refused"
    return {
        "resourceType": "AuditEvent",
        "id": _id(held.record.path),
        "type": AUDIT_TYPE,
        "subtype": [{"display": entry["action"]}],
        "action": ACTIONS.get(entry["action"], "E"),
        "recorded": _instant(entry["at"]),
        "outcome": "4" if refused else "0",
        "purposeOfEvent": [{"text": entry["purpose"]}],
        "agent": [
            {
                "role": [{"text": entry["role"]}],
                "who": {"display": entry.get("actor", "A member of the staff")},
                "requestor": True,
            }
        ],
        "source": {"observer": {"display": "Evergrow360 and SecondWind"}},
        "entity": [
            {
                "what": {"display": touched["path"]},
                "description": ", ".join(touched.get("fields", ())) or "all of it",
            }
            for touched in entry.get("touched", ())
        ],
    }


def _part2_consent(held: Holding) -> dict[str, Any]:
    consent = held.fields
    over = consent.get("revokedAt") is not None
    recipient = held.opened.get("recipientName") or consent.get("recipientClass")
    provision: dict[str, Any] = {
        "type": "permit",
        "period": {
            "start": _instant(consent["validFrom"]),
            "end": _instant(consent["expiresAt"]),
        },
        "purpose": [{"display": purpose} for purpose in consent["purposes"]],
        "class": [{"display": category} for category in consent["categories"]],
    }
    if recipient:
        provision["actor"] = [{"role": {"text": "recipient"}, "reference": {"display": recipient}}]
    return {
        **_consent(held.record.path, over=over),
        "dateTime": _instant(consent["signedAt"]),
        "policy": [{"uri": PART_2}],
        "organization": [{"display": name} for name in consent["disclosers"]],
        "provision": provision,
    }


def _general_consent(held: Holding, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {
        **_consent(f"{held.record.path}/{name}", over=False),
        "dateTime": _instant(given["at"]),
        "policyRule": {"text": f"{name}, version {given['version']} of its text"},
        "provision": {"type": "permit", "purpose": [{"display": name}]},
    }


def _consent(path: str, *, over: bool) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": _id(path),
        "status": "inactive" if over else "active",
        "scope": PRIVACY_SCOPE,
        "category": [CONSENT_CATEGORY],
    }


def _questionnaire_response(kind: RecordType, held: Holding) -> dict[str, Any]:
    answered = [name for name in kind.answers if held.opened.get(name) not in (None, "", [])]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": _id(held.record.path),
        "status": "completed",
        "item": [
            {"linkId": name, "answer": [_answer(value) for value in _all(held.opened[name])]}
            for name in answered
        ],
    }


def _answer(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    return {"valueInteger": value} if isinstance(value, int) else {"valueString": str(value)}


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _id(path: str) -> str:
    """Return the id of the resource that the record at `path` is, a UUID."""
    return str(uuid.UUID(hex=ids.digest("fhir/v1", path)[:32], version=5))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
