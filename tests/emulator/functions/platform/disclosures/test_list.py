"""`disclosures_list`: the account of disclosures, equal to a replay of the audit."""

from datetime import timedelta
from uuid import uuid4

from tests.emulator.functions.platform.disclosures.conftest import NOW
from tests.support.tokens import staff


def accounted(call, uid="ann", limit=20):
    """Return all items of the account, and how long each page was."""
    items, pages, cursor = [], [], None
    while True:
        page = call("disclosures_list", {"limit": limit, "cursor": cursor}, uid=uid)
        items += page["items"]
        pages.append(len(page["items"]))
        cursor = page["nextCursor"]
        if cursor is None:
            return items, pages


def test_it_says_when_to_whom_what_and_why(records, sign, read, call, later):
    records()
    consent_id = sign(categories=["recovery"])
    later(hours=1)
    read(consent_id)

    ((item,), _) = accounted(call)

    assert item == {
        "at": "2027-01-15T10:00:00Z",
        "basis": "consent",
        "consentId": consent_id,
        "emergencyId": None,
        "purpose": "treatment",
        "recipientUid": "doc",
        "recipientName": "Dr Dana Doe",
        "recipientClass": None,
        "notice": True,
        "records": [
            {
                "collection": "recovery_facts",
                "documentId": "ann-0",
                "holds": "For tests",
                "category": "recovery",
                "fields": ["allergies", "soberSince"],
            }
        ],
        "emergency": None,
    }


def test_an_emergency_stands_in_it_opened_read_and_reviewed(
    records, call, open_emergency, read_emergency, later
):
    records()
    emergency_id = open_emergency()
    (opened,), _ = accounted(call)
    later(minutes=1)
    read_emergency(emergency_id)
    later(minutes=2)
    finding = {"emergencyId": emergency_id, "finding": "not_justified"}
    request = finding | {"idempotencyKey": str(uuid4())}
    call("emergencies_review", request, uid="rita", **staff("reviewer"))

    items, _ = accounted(call)

    assert (opened["basis"], opened["emergencyId"], opened["records"]) == (
        "emergency",
        emergency_id,
        [],
    )
    assert opened["emergency"] == {
        "personnelName": "Dr Emma Ray",
        "affiliation": "Denver Health",
        "discloser": "Bo Boss",
        "nature": "Unconscious, cause unknown",
        "finding": None,
        "reviewedAt": None,
    }
    assert [item["records"] == [] for item in items] == [False, False, True]
    assert {item["notice"] for item in items} == {False}
    assert {item["emergency"]["finding"] for item in items} == {"not_justified"}


def test_refused_tries_and_the_persons_own_reads_are_no_disclosures(records, sign, call):
    records()
    consent_id = sign()
    call("consents_list", {}, uid="ann")
    for uid in ("bob", "doc"):
        request = {"consentId": consent_id, "purpose": "payment"}
        with suppress_not_found():
            call("disclosures_read", request, uid=uid)

    assert accounted(call) == ([], [0])


def suppress_not_found():
    from contextlib import suppress

    from tests.support.errors import CallError

    return suppress(CallError)


def test_it_goes_back_more_than_three_years(records, sign, read, call, later):
    records()
    read(sign(categories=["recovery"]))
    later(days=4 * 365)

    assert len(accounted(call)[0]) == 1


def test_nobody_sees_the_account_of_another(records, sign, read, call):
    records()
    read(sign())

    assert accounted(call, uid="doc") == ([], [0])
    assert accounted(call, uid="bob") == ([], [0])


def test_it_equals_a_replay_of_the_audit(  # noqa: PLR0913, PLR0917  # everything that discloses
    records, sign, read, call, later, admin, open_emergency, read_emergency
):
    for uid in ("ann", "bob"):
        records(uid, count=3)
    grants = [(uid, sign(kind, uid=uid)) for uid in ("ann", "bob") for kind in ("consent", "tpo")]
    notes = sign("counselling_notes")
    for number, (_, consent_id) in enumerate(grants):
        later(minutes=number + 1)
        read(consent_id, limit=2)
    later(minutes=9)
    read(notes)
    read_emergency(open_emergency("bob", occurredAt=(NOW + timedelta(minutes=9)).isoformat()))

    for uid in ("ann", "bob"):
        items, pages = accounted(call, uid=uid, limit=3)
        assert sorted(map(told, items)) == sorted(replayed(admin, uid))
        assert [item["at"] for item in items] == sorted((i["at"] for i in items), reverse=True)
        assert len(pages) > 2
        assert max(pages) == 3


def told(item):
    """Return an item of the account as the replay writes it."""
    parts = [(f"{r['collection']}/{r['documentId']}", *r["fields"]) for r in item["records"]]
    records = sorted(parts)
    grant = item["consentId"] or item["emergencyId"]
    return (item["at"], item["recipientUid"], item["purpose"], grant, item["notice"], repr(records))


def replayed(admin, uid):
    """Return the disclosures that the raw audit log tells of, by what each entry rests on."""
    for document in admin.collection("audit_entries").stream():
        entry = document.to_dict()
        if entry["subject"] != uid or entry["grantId"] is None or entry["outcome"] != "allowed":
            continue
        if entry["action"] not in {"read", "open_emergency"}:
            continue
        records = sorted((t["path"], *t["fields"]) for t in entry["touched"] if t["fields"])
        at = entry["at"].strftime("%Y-%m-%dT%H:%M:%SZ")
        who = (entry["actor"], entry["purpose"], entry["grantId"], entry["notice"])
        yield (at, *who, repr(records))
