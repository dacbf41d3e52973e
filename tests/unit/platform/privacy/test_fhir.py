"""Resources of an export against the element tables of HL7 FHIR R4 (4.0.1), stated here apart."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.platform.privacy import fhir
from app.platform.privacy.models.holdings import Holding
from app.platform.records.models import Category, Record, RecordType
from app.platform.records.register import TYPES

AT = datetime(2027, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
URI = re.compile(r"\S+")
ONE, OPTIONAL, SOME, ANY = (1, 1), (0, 1), (1, None), (0, None)

CODING: dict[str, Any] = {
    "system": (OPTIONAL, URI),
    "code": (OPTIONAL, str),
    "display": (OPTIONAL, str),
}
CONCEPT: dict[str, Any] = {"coding": (ANY, CODING), "text": (OPTIONAL, str)}
REFERENCE = {"reference": (OPTIONAL, str), "display": (OPTIONAL, str)}
PERIOD = {"start": (OPTIONAL, INSTANT), "end": (OPTIONAL, INSTANT)}
R4: dict[str, Any] = {
    "AuditEvent": {
        "resourceType": (ONE, {"AuditEvent"}),
        "id": (OPTIONAL, ID),
        "type": (ONE, CODING),
        "subtype": (ANY, CODING),
        "action": (OPTIONAL, {"C", "R", "U", "D", "E"}),
        "recorded": (ONE, INSTANT),
        "outcome": (OPTIONAL, {"0", "4", "8", "12"}),
        "purposeOfEvent": (ANY, CONCEPT),
        "agent": (
            SOME,
            {"role": (ANY, CONCEPT), "who": (OPTIONAL, REFERENCE), "requestor": (ONE, bool)},
        ),
        "source": (ONE, {"observer": (ONE, REFERENCE)}),
        "entity": (ANY, {"what": (OPTIONAL, REFERENCE), "description": (OPTIONAL, str)}),
    },
    "Consent": {
        "resourceType": (ONE, {"Consent"}),
        "id": (OPTIONAL, ID),
        "status": (
            ONE,
            {"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"},
        ),
        "scope": (ONE, CONCEPT),
        "category": (SOME, CONCEPT),
        "dateTime": (OPTIONAL, INSTANT),
        "organization": (ANY, REFERENCE),
        "policy": (ANY, {"authority": (OPTIONAL, URI), "uri": (OPTIONAL, URI)}),
        "policyRule": (OPTIONAL, CONCEPT),
        "provision": (
            OPTIONAL,
            {
                "type": (OPTIONAL, {"deny", "permit"}),
                "period": (OPTIONAL, PERIOD),
                "purpose": (ANY, CODING),
                "class": (ANY, CODING),
                "actor": (ANY, {"role": (ONE, CONCEPT), "reference": (ONE, REFERENCE)}),
            },
        ),
    },
    "QuestionnaireResponse": {
        "resourceType": (ONE, {"QuestionnaireResponse"}),
        "id": (OPTIONAL, ID),
        "status": (
            ONE,
            {"in-progress", "completed", "amended", "entered-in-error", "stopped"},
        ),
        "item": (
            ANY,
            {
                "linkId": (ONE, str),
                "answer": (
                    ANY,
                    {
                        "valueString": (OPTIONAL, str),
                        "valueInteger": (OPTIONAL, int),
                        "valueBoolean": (OPTIONAL, bool),
                    },
                ),
            },
        ),
    },
}
"""Of each element that exports use: how often it stands, and its type, pattern or values."""


def problems(value: Any, shape: Any, where: str) -> Iterator[str]:
    """Yield in words what is wrong with a value by its shape."""
    match shape:
        case dict():
            if not isinstance(value, dict) or not value:
                yield f"{where} is no element"
                return
            yield from (f"{where}.{name} is unknown" for name in value.keys() - shape.keys())
            for name, (times, kind) in shape.items():
                yield from _times(value, name, times, kind, where)
        case set():
            if value not in shape:
                yield f"{where} is {value}"
        case re.Pattern():
            if not isinstance(value, str) or not shape.fullmatch(value):
                yield f"{where} is {value}"
        case _:
            if type(value) is not shape or value == "":
                yield f"{where} is {value!r}"


def _times(
    value: Any, name: str, times: tuple[int, int | None], kind: Any, where: str
) -> Iterator[str]:
    least, most = times
    if name not in value:
        if least:
            yield f"{where}.{name} is missing"
        return
    many = value[name] if most is None else [value[name]]
    if not isinstance(many, list) or not many:
        yield f"{where}.{name} is no list of some"
        return
    for one in many:
        yield from problems(one, kind, f"{where}.{name}")


def made(
    collection: str, fields: dict[str, Any], opened: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the resources that a record is, each of them right by the table."""
    held = Holding(Record("ann", f"{collection}/r_1"), fields, opened=opened or {})
    kind = TYPES.get(collection) or RecordType(collection, "x", Category.ACCOUNT)
    found = list(fhir.resources(kind, held))
    for resource in found:
        name = resource["resourceType"]
        assert list(problems(resource, R4[name], name)) == []
    return found


ENTRY: dict[str, Any] = {
    "at": AT,
    "actor": "ann",
    "role": "owner",
    "purpose": "self",
    "action": "read",
    "subject": "ann",
    "outcome": "allowed",
    "touched": [{"path": "analyses/a1", "fields": ["analysis"]}],
}
PART_2: dict[str, Any] = {
    "uid": "ann",
    "kind": "tpo",
    "disclosers": ["evergrow360"],
    "recipientUid": None,
    "recipientClass": "coach",
    "categories": ["coaching"],
    "purposes": ["treatment", "payment"],
    "signedAt": AT,
    "validFrom": AT,
    "expiresAt": AT,
    "revokedAt": None,
}


def test_an_access_is_an_audit_event() -> None:
    (event,) = made("audit_entries", ENTRY)

    assert (event["action"], event["outcome"]) == ("R", "0")
    assert event["recorded"] == "2027-01-02T03:04:05.678Z"
    assert event["agent"][0]["who"] == {"display": "ann"}
    assert event["entity"][0] == {"what": {"display": "analyses/a1"}, "description": "analysis"}


@pytest.mark.parametrize(
    "changed",
    [
        {"outcome": "refused"},
        {"action": "export", "touched": []},
        {"touched": [{"path": "holds/h", "fields": []}]},
    ],
)
def test_any_access_is_a_right_one(changed: dict[str, Any]) -> None:
    (event,) = made("audit_entries", ENTRY | changed)

    assert event["outcome"] == ("4" if changed.get("outcome") == "refused" else "0")


def test_what_is_left_out_of_who_it_was_leaves_a_right_one() -> None:
    shown = {name: value for name, value in ENTRY.items() if name != "actor"}

    (event,) = made("audit_entries", shown | {"role": "reviewer"})

    assert event["agent"][0]["who"] == {"display": "A member of the staff"}


@pytest.mark.parametrize(
    ("changed", "status"), [({}, "active"), ({"revokedAt": AT}, "inactive")], ids=["now", "over"]
)
@pytest.mark.parametrize("opened", [{}, {"recipientName": "Dr. Ro"}], ids=["class", "name"])
def test_a_part_2_consent_is_a_consent_with_a_policy(
    changed: dict[str, Any], status: str, opened: dict[str, Any]
) -> None:
    (consent,) = made("part2_consents", PART_2 | changed, opened)

    assert consent["status"] == status
    assert consent["policy"]  # invariant ppc-1 asks for policy or policyRule
    (actor,) = consent["provision"]["actor"]
    assert actor["reference"]["display"] == opened.get("recipientName", "coach")


def test_each_general_consent_is_a_consent_with_a_rule() -> None:
    given = {name: {"version": 2, "locale": "en", "at": AT} for name in ("marketing", "analytics")}

    found = made("consents", {"given": given})

    assert [consent["policyRule"]["text"].partition(",")[0] for consent in found] == list(given)
    assert len({consent["id"] for consent in found}) == len(found)


def test_answers_are_a_questionnaire_response_in_the_order_of_the_questions() -> None:
    opened = {
        "goalsText": "",
        "commitmentLevel": 5,
        "mainChallenges": ["other", "decision_making"],
        "professionalRole": "Nurse",
        "readiness": {"score": 0.8},
    }

    (response,) = made("assessment_records", {}, opened)

    assert response["item"] == [
        {"linkId": "professionalRole", "answer": [{"valueString": "Nurse"}]},
        {
            "linkId": "mainChallenges",
            "answer": [{"valueString": "other"}, {"valueString": "decision_making"}],
        },
        {"linkId": "commitmentLevel", "answer": [{"valueInteger": 5}]},
    ]


def test_what_has_no_form_in_fhir_is_left_to_json() -> None:
    assert made("donations", {"amountCents": 1}) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"recorded": None}, "AuditEvent.recorded is None"),
        ({"agent": []}, "AuditEvent.agent is no list of some"),
        ({"unheard": 1}, "AuditEvent.unheard is unknown"),
        ({"action": "X"}, "AuditEvent.action is X"),
    ],
)
def test_the_table_finds_what_is_wrong(wrong: dict[str, Any], told: str) -> None:
    (event,) = made("audit_entries", ENTRY)

    assert told in list(problems(event | wrong, R4["AuditEvent"], "AuditEvent"))
