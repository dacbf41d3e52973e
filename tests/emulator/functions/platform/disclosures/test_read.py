"""`disclosures_read`: what a consent covers, with the notice, to nobody else and never longer."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.emulator.functions.platform.disclosures.conftest import INVENTED, NOW
from tests.support.errors import CallError


def collections(items):
    return [item["collection"] for item in items]


def refusal(call, consent_id, uid="doc", purpose="treatment", **claims):
    with pytest.raises(CallError) as error:
        call("disclosures_read", {"consentId": consent_id, "purpose": purpose}, uid=uid, **claims)
    return error.value.status, error.value.message, error.value.details


NOTHING = ("NOT_FOUND", "There is no such record.", None)


def test_the_recipient_reads_what_the_consent_covers(records, sign, read):
    assessment_id = records()
    consent_id = sign()

    items, _ = read(consent_id)

    by_collection = {item["collection"]: item for item in items}
    assert by_collection.keys() == {
        "assessment_state",
        "assessment_records",
        "analyses",
        "recovery_facts",
    }
    answers = by_collection["assessment_records"]
    assert answers["documentId"] == assessment_id
    assert answers["fields"]["goalsText"] == "Lead two teams without working weekends"
    assert by_collection["recovery_facts"]["fields"] == {
        "soberSince": "2026-01-01",
        "allergies": "nuts",
    }
    assert by_collection["analyses"]["fields"].keys() == {"analysis"}
    assert by_collection["recovery_facts"]["category"] == "recovery"


def test_every_page_carries_the_notice_of_the_law_and_the_scope_of_the_consent(records, sign, read):
    records()
    consent_id = sign(categories=["recovery"])

    _, answers = read(consent_id)

    for answer in answers:
        text = answer["notice"]["text"]
        assert text.startswith("This record which has been disclosed to you is protected by")
        assert text.endswith("(see 42 CFR 2.31).")
        assert answer["notice"]["citation"].startswith("42 CFR 2.32(a)(1)")
        assert answer["scope"] == {
            "consentId": consent_id,
            "kind": "consent",
            "version": 1,
            "disclosers": ["evergrow360", "secondwind"],
            "categories": ["recovery"],
            "purposes": ["treatment", "coaching"],
            "signedAt": "2027-01-15T09:00:00Z",
            "expiresAt": "2027-04-15T09:00:00Z",
        }


def test_each_disclosure_is_audited_with_the_consent_and_the_notice(records, sign, read, entries):
    records()
    consent_id = sign(categories=["recovery"])

    read(consent_id)

    (entry,) = entries()
    assert (entry["actor"], entry["subject"], entry["outcome"]) == ("doc", "ann", "allowed")
    assert (entry["grantId"], entry["notice"], entry["purpose"]) == (consent_id, True, "treatment")
    assert entry["touched"] == [
        {"path": "recovery_facts/ann-0", "fields": ["allergies", "soberSince"]}
    ]


def test_without_its_audit_entry_nothing_is_disclosed(records, sign, call, monkeypatch):
    from app.kit.errors import UnavailableError
    from app.platform.audit import store

    records()
    consent_id = sign(categories=["recovery"])

    def keep(*trail):
        raise UnavailableError("The database does not answer. Try again.")

    monkeypatch.setattr(store, "keep", keep)
    with pytest.raises(CallError) as error:
        call("disclosures_read", {"consentId": consent_id, "purpose": "treatment"}, uid="doc")
    assert error.value.status == "UNAVAILABLE"


def test_counselling_notes_need_their_own_consent(records, sign, read):
    records()
    everything_else = sign(categories=["profile", "coaching", "giving", "recovery"])
    notes = sign("counselling_notes")

    assert "notes" not in collections(read(everything_else)[0])
    items, _ = read(notes)
    assert collections(items) == ["notes"]
    assert items[0]["fields"] == {"text": INVENTED["notes"]["text"]}


def test_a_proceeding_needs_its_own_consent_which_covers_nothing_else(records, sign, read, call):
    records()
    proceeding = sign("legal_proceeding", categories=["recovery"])
    care = sign(categories=["recovery"])

    assert collections(read(proceeding, purpose="legal_proceeding")[0]) == ["recovery_facts"]
    assert refusal(call, proceeding) == NOTHING
    assert refusal(call, care, purpose="legal_proceeding") == NOTHING


def test_a_class_reads_by_its_role(records, sign, read, call):
    records()
    to_coaches = {"recipientUid": None, "recipientName": None, "recipientClass": "coach"}
    consent_id = sign("tpo", categories=["recovery"], **to_coaches)

    assert collections(read(consent_id, uid="carl", roles=["coach"])[0]) == ["recovery_facts"]
    for roles in ([], ["partner"], ["admin"]):
        assert refusal(call, consent_id, uid="carl", roles=roles) == NOTHING


def test_whatever_is_wrong_looks_as_if_there_were_nothing(records, sign, call, later):
    records()
    consent_id = sign(expiresAt=(NOW + timedelta(days=1)).isoformat())
    revoked = sign()
    withdrawal = {"consentId": revoked, "idempotencyKey": str(uuid4())}
    call("consents_withdraw", withdrawal, uid="ann")

    told = {
        refusal(call, "0" * 32),
        refusal(call, "processing"),
        refusal(call, consent_id, uid="bob"),
        refusal(call, consent_id, uid="ann"),
        refusal(call, consent_id, purpose="payment"),
        refusal(call, consent_id, purpose="emergency"),
        refusal(call, consent_id, purpose="self"),
        refusal(call, revoked),
    }
    later(days=1)
    told.add(refusal(call, consent_id))

    assert told == {NOTHING}


def test_revocation_ends_it_with_the_next_read(records, sign, read, call, entries):
    records()
    consent_id = sign()
    _, (first, *_) = read(consent_id)
    withdrawal = {"consentId": consent_id, "idempotencyKey": str(uuid4())}
    call("consents_withdraw", withdrawal, uid="ann")

    request = {"consentId": consent_id, "purpose": "treatment", "cursor": first["nextCursor"]}
    with pytest.raises(CallError) as error:
        call("disclosures_read", request, uid="doc")
    assert error.value.status == "NOT_FOUND"
    refused = entries(outcome="refused")
    assert [(e["actor"], e["grantId"], e["notice"]) for e in refused] == [
        ("doc", consent_id, False)
    ]


def test_who_tries_in_vain_is_audited(records, sign, call, entries):
    records()
    consent_id = sign()

    refusal(call, consent_id, uid="mallory")

    (entry,) = entries()
    assert (entry["actor"], entry["subject"], entry["outcome"]) == ("mallory", "ann", "refused")


def test_pages_are_bounded_and_complete(records, sign, read):
    records(count=5)
    consent_id = sign(categories=["recovery"])

    items, answers = read(consent_id, limit=2)

    assert [item["documentId"] for item in items] == [f"ann-{number}" for number in range(5)]
    assert [len(answer["items"]) for answer in answers] == [2, 2, 1]


def test_another_persons_records_are_never_in_it(records, sign, read):
    records()
    records("bob")
    consent_id = sign()

    items, _ = read(consent_id)

    assert {item["documentId"] for item in items if "-" in item["documentId"]} == {"ann-0"}
    assert {item["documentId"] for item in items} & {"bob", "bob-0"} == set()


def test_a_cursor_leads_nowhere_that_the_consent_does_not_cover(records, sign, call):
    import base64

    records()
    consent_id = sign(categories=["recovery"])
    for place in ("notes/", "contacts/", "assessment_records/", "audit_entries/"):
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
        request = {"consentId": consent_id, "purpose": "treatment", "cursor": cursor}
        answer = call("disclosures_read", request, uid="doc")
        assert (answer["items"], answer["nextCursor"]) == ([], None)


@pytest.mark.parametrize(
    "place", ["", "/", "notes", "unheard_of/", "notes/__x__", "notes/a/b", "notes/ä", "notes/.."]
)
def test_a_cursor_that_no_page_gave_is_refused(records, sign, call, place):
    import base64

    records()
    cursor = base64.urlsafe_b64encode(place.encode()).decode()
    request = {"consentId": sign(), "purpose": "treatment", "cursor": cursor}
    with pytest.raises(CallError) as error:
        call("disclosures_read", request, uid="doc")
    assert (error.value.status, error.value.fields) == ("INVALID_ARGUMENT", ["cursor"])
