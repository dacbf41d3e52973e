"""People with records of every kind, consents to them, and staff."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.platform.records.register import TYPES
from tests.support.consents import written
from tests.support.tokens import staff
from tests.unit.coaching.assessments.samples import WIRE
from tests.unit.platform.records.cases import invented_types

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
INVENTED = {
    "notes": {"text": "She is brave.", "originator": "Dr Grey"},
    "recovery_facts": {"soberSince": "2026-01-01", "allergies": "nuts", "relapses": 0},
    "contacts": {"nextOfKin": "Kim", "phone": "+1 303 555 0142"},
}


@pytest.fixture(autouse=True)
def later(set_clock):
    """Let the clock, which stands still, stand this long after `NOW`."""
    set_clock(NOW)
    return lambda **elapsed: set_clock(NOW + timedelta(**elapsed))


@pytest.fixture
def records(backend, admin, monkeypatch):
    """Give a person an assessment, and records of types that the product does not have yet."""
    from app.platform.records import vault
    from app.platform.records.vault import Owner, Record

    for name, kind in invented_types().items():
        monkeypatch.setitem(TYPES, name, kind)

    def records(uid="ann", count=1):
        data = WIRE | {"idempotencyKey": str(uuid4())}
        assessment_id = backend.call("assessments_submit", data, uid=uid)["assessmentId"]
        backend.deliver("assessments_on_submitted", assessment_id)
        for collection, values in INVENTED.items():
            for number in range(count):
                path = f"{collection}/{uid}-{number}"
                sealed, _ = vault.seal(Record(uid, path), values, by=Owner(uid))
                admin.document(path).set({"uid": uid, "sealed": sealed})
        return assessment_id

    return records


@pytest.fixture
def sign(call):
    """Sign a written consent, and return its id."""

    def sign(kind="consent", uid="ann", at=NOW, **changes):
        return call("consents_give", written(kind, at, **changes), uid=uid)["consentId"]

    return sign


@pytest.fixture
def read(call):
    """Read all that a consent covers, page by page; return items, answers."""

    def read(consent_id, uid="doc", purpose="treatment", limit=20, **claims):
        answers, cursor = [], None
        while not answers or cursor is not None:
            request = {"consentId": consent_id, "purpose": purpose, "limit": limit}
            request["cursor"] = cursor
            answers.append(call("disclosures_read", request, uid=uid, **claims))
            cursor = answers[-1]["nextCursor"]
        return [item for answer in answers for item in answer["items"]], answers

    return read


@pytest.fixture
def entries(admin):
    """Return what the audit log holds of disclosures, oldest first."""

    def entries(**fields):
        found = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
        wanted = {"role": "recipient"} | fields
        return sorted(
            (e for e in found if all(e[name] == value for name, value in wanted.items())),
            key=lambda e: e["at"],
        )

    return entries


@pytest.fixture
def open_emergency(call):
    """Open an emergency as staff, and return its id."""

    def open_emergency(subject="ann", uid="boss", **changes):
        call("consents_list", {}, uid=subject)  # has an account
        request = {
            "subjectUid": subject,
            "personnelName": "Dr Emma Ray",
            "affiliation": "Denver Health",
            "discloser": "Bo Boss",
            "nature": "Unconscious, cause unknown",
            "occurredAt": NOW.isoformat(),
            "idempotencyKey": str(uuid4()),
        } | changes
        return call("emergencies_open", request, uid=uid, **staff("admin"))["emergencyId"]

    return open_emergency


@pytest.fixture
def read_emergency(call):
    """Read what medical personnel may be told, page by page."""

    def read_emergency(emergency_id, uid="boss", roles=("admin",)):
        items, cursor = [], None
        while True:
            request = {"emergencyId": emergency_id, "cursor": cursor}
            answer = call("emergencies_read", request, uid=uid, **staff(*roles))
            items += answer["items"]
            cursor = answer["nextCursor"]
            if cursor is None:
                return items

    return read_emergency
