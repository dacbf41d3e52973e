"""`privacy_export`: everything that is held about a person, for them alone, for a week."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from firebase_admin import auth

from tests.emulator.rules import emulators
from tests.support.errors import CallError
from tests.support.samples import Marked, collections, texts
from tests.support.tokens import staff
from tests.unit.coaching.assessments.samples import WIRE

PER_TYPE = 3
SECRET = "a-password-of-hers"  # noqa: S105  # nobody has this account


@pytest.fixture(scope="module", autouse=True)
def rules(surroundings):
    emulators.load("storage.rules")


@pytest.fixture
def stored(admin, surroundings):
    """Documents of every type about Ann and Bob, each field marked; return those by collection."""
    from app.platform.records import vault
    from app.platform.records.register import TYPES
    from app.platform.records.vault import Owner, Record

    marked, known = Marked(), collections()

    def store(kind, uid, number):
        document_id = uid if kind.owner_field == "" else f"{uid}{number}"
        document = marked.document(known[kind.collection]._type)  # noqa: SLF001  # nobody else asks
        opened = {}
        if kind.access is not None:
            opened = {name: marked.value(str) for name in kind.access.fields}
            record = Record(uid, f"{kind.collection}/{document_id}")
            document["sealed"] = vault.seal(record, opened, by=Owner(uid)).fields
        if kind.owner_field:
            document[kind.owner_field] = uid
        admin.document(f"{kind.collection}/{document_id}").set(document)
        return document, opened

    return {
        kind.collection: {
            uid: [
                store(kind, uid, number)
                for number in range(1 if kind.owner_field == "" else PER_TYPE)
            ]
            for uid in ("ann", "bob")
        }
        for kind in TYPES.values()
        if kind.owner_field is not None
        # The latest export is about the export itself, and these hold what is used up on the way.
        and kind.collection not in {"activity", "exports", "rate_limits", "person_keys"}
    }


def shown_and_hidden(kind, document, opened):
    """Return the markers of a document that its person is given, and those that they are not."""
    from app.platform.privacy.store.holdings import BOOKKEEPING

    left_out = (kind.hidden | BOOKKEEPING) & document.keys()
    shown = {name: value for name, value in document.items() if name not in left_out}
    hidden = {name: document[name] for name in left_out}
    return texts(shown) | texts(opened), texts(hidden)


def test_everything_of_the_person_is_in_it_and_nothing_of_anybody_else(stored, export, monkeypatch):
    from app.platform.privacy.store import holdings
    from app.platform.records.register import TYPES

    monkeypatch.setattr(holdings, "PAGE", 2)
    files = export("ann")

    everything = files.everything
    for name, of in stored.items():
        kind = TYPES[name]
        for document, opened in of["bob"]:
            shown, hidden = shown_and_hidden(kind, document, opened)
            assert not {text for text in shown | hidden if text in everything}, name
        for document, opened in of["ann"]:
            shown, hidden = shown_and_hidden(kind, document, opened)
            assert not {text for text in hidden if text in everything}, name
            if not kind.exported:
                assert not {text for text in shown - {"ann"} if text in everything}, name
                continue
            in_json, in_csv = files.text(f"data/{name}.json"), files.text(f"csv/{name}.csv")
            assert {text for text in shown if text not in in_json} == set(), name
            assert {text for text in shown if text not in in_csv} == set(), name


def test_what_is_not_exported_says_why(surroundings):
    from app.platform.records.register import TYPES

    about_people = [kind for kind in TYPES.values() if kind.owner_field is not None]

    assert {k.collection for k in about_people if k.exported == bool(k.withheld)} == set()


def test_it_holds_the_account_and_who_asked_for_it(export, call):
    call("assessments_list", {}, uid="ann")  # makes the account
    auth.update_user("ann", display_name="Ann Öz", email="ann@example.org", password=SECRET)
    auth.set_custom_user_claims("ann", {"roles": ["client"]})
    try:
        files = export("ann")
    finally:
        auth.set_custom_user_claims("ann", None)

    account = files.json("account.json")
    assert (account["uid"], account["email"], account["displayName"], account["roles"]) == (
        "ann",
        "ann@example.org",
        "Ann Öz",
        ["client"],
    )
    assert SECRET not in files.everything
    entries = files.json("data/audit_entries.json")
    assert [(e["actor"], e["role"], e["action"]) for e in entries] == [("ann", "owner", "export")]


@pytest.fixture
def ann(backend):
    """Ann, who has submitted answers, which were analyzed."""
    data = WIRE | {"idempotencyKey": str(uuid4())}
    submitted = backend.call("assessments_submit", data, uid="ann")
    backend.deliver("assessments_on_submitted", submitted["assessmentId"])
    return submitted["assessmentId"]


def test_answers_come_back_exactly_in_json_csv_and_fhir(ann, export):
    files = export("ann")

    (record,) = files.json("data/assessment_records.json")
    assert record["id"] == ann
    assert record["confidential"].items() >= WIRE.items()
    (row,) = csv.DictReader(io.StringIO(files.text("csv/assessment_records.csv")))
    assert row["confidential.goalsText"] == WIRE["goalsText"]
    assert json.loads(row["confidential.mainChallenges"]) == WIRE["mainChallenges"]
    answers = {
        item["linkId"]: [next(iter(answer.values())) for answer in item["answer"]]
        for item in resources(files, "QuestionnaireResponse")[0]["item"]
    }
    given = {name: value for name, value in WIRE.items() if value}
    assert answers == {
        name: value if isinstance(value, list) else [value] for name, value in given.items()
    }


def resources(files, kind):
    bundle = files.json("fhir/bundle.json")
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    return [
        entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind
    ]


def test_each_access_is_an_audit_event_of_fhir(ann, export):
    files = export("ann")

    entries = files.json("data/audit_entries.json")
    events = resources(files, "AuditEvent")
    assert len(events) == len(entries) > 3
    assert {event["subtype"][0]["display"] for event in events} >= {"read", "write", "export"}


def test_whom_of_the_staff_they_met_is_left_out(admin, export):
    entry = {
        "at": datetime(2027, 1, 2, tzinfo=UTC),
        "subject": "ann",
        "purpose": "rights",
        "action": "read",
        "outcome": "allowed",
        "touched": [{"path": "corrections/c1", "fields": ["reason"]}],
    }
    admin.document("audit_entries/e1").set(entry | {"actor": "staff-uid", "role": "reviewer"})
    admin.document("audit_entries/e2").set(entry | {"actor": "coach-uid", "role": "recipient"})

    files = export("ann")

    assert "staff-uid" not in files.everything
    assert "reviewer" in files.text("data/audit_entries.json")
    assert "coach-uid" in files.text("data/audit_entries.json")
    assert "A member of the staff" in files.text("fhir/bundle.json")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r", " =", "%", "|"])
def test_no_text_becomes_a_formula(backend, export, begin):
    text = f"{begin}HYPERLINK(1)"
    data = WIRE | {"goalsText": text, "idempotencyKey": str(uuid4())}
    backend.call("assessments_submit", data, uid="ann")

    files = export("ann")

    assert files.json("data/assessment_records.json")[0]["confidential"]["goalsText"] == text
    (row,) = csv.DictReader(io.StringIO(files.text("csv/assessment_records.csv"), newline=""))
    assert row["confidential.goalsText"] == f"'{text}"
    assert row["confidential.commitmentLevel"] == str(WIRE["commitmentLevel"])


def test_the_letter_names_every_type_with_its_count_or_why_it_is_left_out(ann, export):
    from app.platform.records.register import TYPES

    letter = export("ann").text("README.txt")

    for kind in TYPES.values():
        if kind.owner_field is not None:
            assert kind.collection in letter
            assert kind.holds in letter
            assert kind.withheld in letter
    assert "assessment_records: 1. " in letter
    assert "could not be opened" not in letter


def test_what_does_not_open_is_named_and_keeps_back_nothing_else(ann, admin, export):
    record = admin.document(f"assessment_records/{ann}")
    record.update({"sealed.goalsText": record.get().get("sealed.additionalContext")})

    files = export("ann")

    (damaged,) = files.json("data/assessment_records.json")
    assert "goalsText" in damaged["unreadable"]
    assert files.json("data/analyses.json")[0]["confidential"]["analysis"]
    assert "In 1 records something could not be opened" in files.text("README.txt")


def test_only_its_person_downloads_it_and_only_until_it_expires(
    backend, gather, get_export, download, set_clock
):
    view = gather()
    path = view["path"]
    file = download(path, "ann").content
    assert hashlib.sha256(file).hexdigest() == view["sha256"]
    assert [download(path, uid).status_code for uid in ("bob", None)] == [403, 403]
    assert download(path.replace("ann", "bob"), "ann").status_code == 403

    set_clock(datetime.now(UTC) + timedelta(days=6, hours=23))
    backend.tick("privacy_sweep_exports")
    assert (get_export()["state"], download(path, "ann").status_code) == ("ready", 200)

    set_clock(datetime.now(UTC) + timedelta(days=7, minutes=1))
    assert (get_export()["state"], get_export()["path"]) == ("expired", None)
    backend.tick("privacy_sweep_exports")
    assert download(path, "ann").status_code in {403, 404}
    assert stored_paths() == []


def test_the_rule_refuses_it_once_expired_though_it_is_still_there(gather, download, set_clock):
    set_clock(datetime.now(UTC) - timedelta(days=7, minutes=1))
    view = gather()

    assert view["state"] == "ready"  # by the clock that stands a week ago
    assert stored_paths() == [view["path"]]
    assert download(view["path"], "ann").status_code == 403


def stored_paths():
    from app.platform.privacy.gateway import bucket
    from app.platform.storage.gateway import _bucket

    return [blob.name for blob in _bucket(bucket()).list_blobs()]  # past the rules


def test_one_is_gathered_at_a_time_and_then_another_may_be(backend, request_export, get_export):
    first = request_export()
    with pytest.raises(CallError) as refusal:
        request_export()
    assert refusal.value.status == "FAILED_PRECONDITION"

    backend.run_tasks()
    old = get_export()["path"]
    assert request_export()["state"] == "requested"
    backend.run_tasks()

    assert first["state"] == "requested"
    assert (get_export()["state"], get_export()["path"] == old) == ("ready", False)


def test_a_repeated_request_is_one_export(call, backend, queues):
    request = {"idempotencyKey": str(uuid4())}
    answers = [call("privacy_export", request, uid="ann") for _ in range(2)]

    assert answers[0] == answers[1]
    assert backend.run_tasks() == 1


def test_a_request_whose_task_could_not_be_queued_is_made_again(call, backend, queues, get_export):
    request = {"idempotencyKey": str(uuid4())}
    queues.down = True
    with pytest.raises(CallError) as refusal:
        call("privacy_export", request, uid="ann")
    assert refusal.value.status == "UNAVAILABLE"

    queues.down = False
    call("privacy_export", request, uid="ann")
    backend.run_tasks()

    assert get_export()["state"] == "ready"


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({"auth_time": 1_600_000_000}, "PERMISSION_DENIED", id="an old sign-in"),
        pytest.param(
            {"auth_time": int(datetime.now(UTC).timestamp()) - 900, **staff("admin")},
            "PERMISSION_DENIED",
            id="an old sign-in of an admin",
        ),
    ],
)
def test_a_sign_in_longer_ago_is_not_enough(request_export, queues, claims, status):
    with pytest.raises(CallError) as refusal:
        request_export(**claims)

    assert (refusal.value.status, refusal.value.details) == (status, {"reason": "recent_sign_in"})
    assert queues.accepted == []


def test_an_ended_session_gets_none(request_export, call, queues):
    call("assessments_list", {}, uid="ann")
    auth.update_user("ann", disabled=True)
    try:
        with pytest.raises(CallError) as refusal:
            request_export()
    finally:
        auth.update_user("ann", disabled=False)

    assert refusal.value.status == "UNAUTHENTICATED"
    assert queues.accepted == []


def test_who_asked_for_none_has_none(get_export, request_export):
    request_export("bob")

    with pytest.raises(CallError) as refusal:
        get_export("ann")

    assert refusal.value.status == "NOT_FOUND"


def test_the_task_tells_only_ids_that_name_nobody(request_export, queues):
    request_export()

    (task,) = queues.accepted
    assert task.data.keys() == {"exportId", "run"}
    assert "ann" not in str(task.data)
