"""`consents_give`, `consents_withdraw`, `consents_list` and `consents_list_history`."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.platform.consents import texts
from app.platform.consents.models import ConsentKind
from tests.support.consents import form, general, written
from tests.support.errors import CallError

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
GENERAL = ("processing", "marketing", "analytics", "coach_chat_retention")
PART2 = ("consent", "tpo", "counselling_notes", "legal_proceeding")


@pytest.fixture(autouse=True)
def later(set_clock):
    """Let the clock, which stands still, stand this long after `NOW`."""
    set_clock(NOW)
    return lambda **elapsed: set_clock(NOW + timedelta(**elapsed))


@pytest.fixture
def give(call):
    def give(request, uid="ann"):
        return call("consents_give", request, uid=uid)["consentId"]

    return give


@pytest.fixture
def withdraw(call):
    def withdraw(consent_id, uid="ann"):
        request = {"consentId": consent_id, "idempotencyKey": str(uuid4())}
        return call("consents_withdraw", request, uid=uid)["withdrawnAt"]

    return withdraw


@pytest.fixture
def listed(call):
    return lambda uid="ann", **request: call("consents_list", request, uid=uid)


@pytest.fixture
def on(listed):
    return lambda uid="ann": {c["kind"] for c in listed(uid)["general"] if c["on"]}


@pytest.fixture
def audited(admin):
    def audited():
        found = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
        return [(e["actor"], e["action"], e["subject"]) for e in found if "consent" in e["action"]]

    return audited


def refused_fields(action):
    with pytest.raises(CallError) as error:
        action()
    return error.value.status, error.value.fields


def test_everything_is_off_until_it_is_given(on, listed):
    assert on() == set()
    assert [consent["kind"] for consent in listed()["general"]] == list(GENERAL)


@pytest.mark.parametrize("kind", GENERAL)
def test_a_consent_is_on_from_when_it_is_given_until_it_is_withdrawn(
    give, withdraw, on, later, kind
):
    give(general(kind))
    assert on() == {kind}
    assert on("bob") == set()
    later(minutes=1)

    assert withdraw(kind) == "2027-01-15T09:01:00Z"
    assert on() == set()
    give(general(kind))
    assert on() == {kind}


def test_it_says_since_when_and_to_which_version(give, listed, later):
    later(minutes=1)
    give(general("analytics"))

    (shown,) = [consent for consent in listed()["general"] if consent["on"]]
    assert (shown["givenVersion"], shown["givenAt"]) == (1, "2027-01-15T09:01:00Z")


def test_consents_do_not_touch_each_other(give, withdraw, on):
    for kind in GENERAL:
        give(general(kind))
    withdraw("analytics")

    assert on() == set(GENERAL) - {"analytics"}


def test_texts_are_served_in_both_languages(listed):
    english, spanish = (listed(locale=locale) for locale in ("en", "es"))

    for one, other in zip(english["general"], spanish["general"], strict=True):
        assert one["version"] == other["version"] == 1
        assert len({one["text"], other["text"]}) == 2
    assert [each["kind"] for each in english["forms"]] == list(PART2)
    for one, other in zip(english["forms"], spanish["forms"], strict=True):
        assert one["text"] != other["text"]
        assert one["statements"].keys() == other["statements"].keys() <= form("tpo", NOW).keys()
        assert all(one["statements"][name] != text for name, text in other["statements"].items())


def test_a_consent_to_an_older_text_is_refused_by_name_and_an_earlier_one_is_off(
    give, on, monkeypatch
):
    give(general("marketing"))
    monkeypatch.setitem(texts.VERSION, ConsentKind.MARKETING, 2)

    assert on() == set()
    assert refused_fields(lambda: give(general("marketing"))) == (
        "FAILED_PRECONDITION",
        ["version"],
    )
    give(general("marketing", version=2))
    assert on() == {"marketing"}


def test_a_consent_to_a_text_that_is_still_to_come_is_refused(give, on):
    assert refused_fields(lambda: give(general(version=2)))[1] == ["version"]
    assert on() == set()


def test_giving_and_withdrawing_take_one_step_each_and_as_few_fields(give, withdraw):
    """Withdrawal is as easy as giving: one call, and fewer fields."""
    from app.platform.consents.models import GiveConsent, WithdrawConsent

    def required(model):
        return {name for name, field in model.model_fields.items() if field.is_required()}

    assert len(required(WithdrawConsent)) < len(required(GiveConsent))
    give(general())
    assert withdraw("processing")


def test_the_history_keeps_who_when_which_version(give, withdraw, later, call, audited):
    give(general("analytics", locale="es"))
    later(hours=1)
    withdraw("analytics")
    later(hours=2)
    part2 = give(written("consent", NOW + timedelta(hours=2)))
    later(hours=3)
    withdraw(part2)

    def page(cursor):
        return call("consents_list_history", {"limit": 3, "cursor": cursor}, uid="ann")

    first = page(None)
    items = [*first["items"], *page(first["nextCursor"])["items"]]
    told = [(i["consentId"], i["kind"], i["act"], i["version"], i["at"][11:13]) for i in items]
    assert told == [
        (part2, "consent", "withdrawn", 1, "12"),
        (part2, "consent", "given", 1, "11"),
        ("analytics", "analytics", "withdrawn", 1, "10"),
        ("analytics", "analytics", "given", 1, "09"),
    ]
    assert items[-1]["locale"] == "es"
    assert call("consents_list_history", {}, uid="bob")["items"] == []
    assert sorted(audited()) == [
        *[("ann", "give_consent", "ann")] * 2,
        *[("ann", "withdraw_consent", "ann")] * 2,
    ]


def test_withdrawing_what_is_off_changes_nothing(withdraw, admin):
    assert withdraw("marketing") is None
    assert list(admin.collection("consents").stream()) == []
    assert list(admin.collection("consent_events").stream()) == []


def test_a_repeated_call_gives_once(call, admin):
    request = written("consent", NOW)
    first, second = (call("consents_give", request, uid="ann") for _ in range(2))

    assert first == second
    assert len(list(admin.collection("part2_consents").stream())) == 1
    assert len(list(admin.collection("consent_events").stream())) == 1


def test_a_repeat_after_the_date_of_signing_has_passed_is_answered_the_same(call, later):
    request = written("consent", NOW)
    first = call("consents_give", request, uid="ann")
    later(days=3)

    assert call("consents_give", request, uid="ann") == first


@pytest.mark.parametrize("kind", PART2)
def test_a_written_consent_comes_back_as_it_was_signed(give, listed, kind):
    consent_id = give(written(kind, NOW))

    (item,) = listed()["part2"]
    wanted = form(kind, NOW)
    for name in ("patientName", "recipientName", "recipientUid", "signature", "purposes"):
        assert item[name] == wanted[name]
    assert set(item["categories"]) == set(wanted["categories"])
    assert (item["consentId"], item["kind"], item["inForce"]) == (consent_id, kind, True)
    assert item["expiresAt"] == "2027-04-15T09:00:00Z"
    assert listed("bob")["part2"] == []


def test_names_and_signature_are_stored_sealed(give, admin):
    consent_id = give(written("consent", NOW))

    stored = admin.document(f"part2_consents/{consent_id}").get().to_dict()
    assert stored["sealed"].keys() == {"patientName", "recipientName", "signature"}
    assert "xample" not in repr(stored)
    assert "Dana" not in repr(stored)


MISSING = {
    "patientName": None,
    "disclosers": [],
    "categories": [],
    "recipientName": None,
    "purposes": [],
    "revocationUnderstood": False,
    "expiresAt": None,
    "signature": None,
    "attested": False,
    "signedAt": None,
}
"""The elements of 42 CFR 2.31(a), each with what stands for its absence."""


@pytest.mark.parametrize("kind", PART2)
@pytest.mark.parametrize("field", MISSING)
def test_each_element_is_required_and_refused_by_its_name(give, admin, kind, field):
    missing, absent = written(kind, NOW), written(kind, NOW)
    missing["part2"][field] = MISSING[field]
    del absent["part2"][field]

    for request in (missing, absent):
        status, fields = refused_fields(lambda: give(request))  # noqa: B023  # called at once
        assert (status, fields[0]) == ("INVALID_ARGUMENT", f"part2.{field}")
    assert list(admin.collection("part2_consents").stream()) == []


@pytest.mark.parametrize("kind", PART2)
def test_the_recipient_is_required(give, kind):
    nobody = {"recipientUid": None, "recipientName": None}

    assert refused_fields(lambda: give(written(kind, NOW, **nobody))) == (
        "INVALID_ARGUMENT",
        ["part2.recipientUid"],
    )


@pytest.mark.parametrize("field", ["redisclosureUnderstood", "refusalUnderstood"])
def test_the_form_for_treatment_payment_and_operations_needs_both_statements(give, field):
    assert refused_fields(lambda: give(written("tpo", NOW, **{field: False})))[1] == [
        f"part2.{field}"
    ]


def test_other_forms_need_the_statement_on_redisclosure_where_it_applies(give):
    def asked(purposes):
        return written("consent", NOW, purposes=purposes, redisclosureUnderstood=False)

    assert refused_fields(lambda: give(asked(["payment"])))[1] == ["part2.redisclosureUnderstood"]
    assert give(asked(["coaching"]))
    assert give(written("consent", NOW, refusalUnderstood=False))


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("consent", {"purposes": ["legal_proceeding"]}, "purposes"),
        ("consent", {"purposes": ["treatment", "legal_proceeding"]}, "purposes"),
        ("consent", {"purposes": ["emergency"]}, "purposes"),
        ("consent", {"purposes": ["self"]}, "purposes"),
        ("consent", {"purposes": ["analysis"]}, "purposes"),
        ("consent", {"purposes": ["rights"]}, "purposes"),
        ("consent", {"categories": ["counselling_notes"]}, "categories"),
        ("consent", {"categories": ["coaching", "counselling_notes"]}, "categories"),
        ("consent", {"categories": ["account"]}, "categories"),
        ("tpo", {"purposes": ["treatment"]}, "purposes"),
        ("tpo", {"purposes": ["treatment", "payment", "operations", "coaching"]}, "purposes"),
        ("tpo", {"categories": ["recovery", "counselling_notes"]}, "categories"),
        ("counselling_notes", {"categories": ["recovery"]}, "categories"),
        ("counselling_notes", {"categories": ["counselling_notes", "recovery"]}, "categories"),
        ("counselling_notes", {"purposes": ["legal_proceeding"]}, "purposes"),
        ("legal_proceeding", {"purposes": ["treatment"]}, "purposes"),
        ("legal_proceeding", {"purposes": ["legal_proceeding", "treatment"]}, "purposes"),
        ("legal_proceeding", {"categories": ["counselling_notes"]}, "categories"),
    ],
)
def test_kinds_are_never_combined(give, kind, changes, field):
    assert f"part2.{field}" in refused_fields(lambda: give(written(kind, NOW, **changes)))[1]


TO_A_CLASS = {"recipientUid": None, "recipientName": None, "recipientClass": "coach"}


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("consent", {"recipientUid": "ann"}, "recipientUid"),
        ("consent", {"recipientClass": "coach"}, "recipientClass"),
        ("consent", TO_A_CLASS | {"recipientName": "Dana"}, "recipientName"),
        ("counselling_notes", TO_A_CLASS, "recipientUid"),
        ("legal_proceeding", TO_A_CLASS, "recipientUid"),
        ("consent", {"disclosers": ["evergrow360"]}, "disclosers"),
        ("consent", {"categories": ["coaching"], "disclosers": ["secondwind"]}, "disclosers"),
        ("consent", {"signature": "Somebody Else"}, "signature"),
        ("consent", {"patientName": "  "}, "patientName"),
        ("consent", {"recipientName": " "}, "recipientName"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(give, kind, changes, field):
    assert f"part2.{field}" in refused_fields(lambda: give(written(kind, NOW, **changes)))[1]


def test_a_class_can_receive(give, listed):
    give(written("tpo", NOW, **TO_A_CLASS))

    (item,) = listed()["part2"]
    assert (item["recipientClass"], item["recipientUid"], item["recipientName"]) == (
        "coach",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signedAt", NOW + timedelta(minutes=6)),
        ("signedAt", NOW - timedelta(hours=24, seconds=1)),
        ("signedAt", "0001-01-01T00:00:00+14:00"),
        ("signedAt", "9999-12-31T23:59:59-14:00"),
        ("expiresAt", NOW),
        ("expiresAt", NOW - timedelta(days=1)),
        ("expiresAt", NOW + timedelta(days=730, seconds=1)),
        ("expiresAt", "0001-01-01T00:00:00+14:00"),
        ("expiresAt", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_dates_that_cannot_be_are_refused(give, field, value):
    value = value if isinstance(value, str) else value.isoformat()

    assert refused_fields(lambda: give(written("consent", NOW, **{field: value}))) == (
        "INVALID_ARGUMENT",
        [f"part2.{field}"],
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signedAt", NOW + timedelta(minutes=5)),
        ("signedAt", NOW - timedelta(hours=24)),
        ("expiresAt", NOW + timedelta(seconds=1)),
        ("expiresAt", NOW + timedelta(days=730)),
    ],
)
def test_dates_at_the_edge_are_taken(give, field, value):
    assert give(written("consent", NOW, **{field: value.isoformat()}))


def test_a_form_belongs_to_a_written_consent_and_to_no_other(give):
    without = general("tpo")
    beside = general("processing", part2=form("tpo", NOW))

    assert refused_fields(lambda: give(without))[1] == ["part2"]
    assert refused_fields(lambda: give(beside))[1] == ["part2"]


def test_a_written_consent_ends_with_its_date_or_with_withdrawal(give, withdraw, listed, later):
    short = give(written("consent", NOW, expiresAt=(NOW + timedelta(days=1)).isoformat()))
    long = give(written("consent", NOW))
    later(days=1)

    def in_force():
        return {item["consentId"] for item in listed()["part2"] if item["inForce"]}

    assert in_force() == {long}
    assert withdraw(long) == withdraw(long) == "2027-01-16T09:00:00Z"
    assert in_force() == set()
    assert withdraw(short)


@pytest.mark.parametrize("consent_id", ["0" * 32, "consent", "tpo", "unheard_of"])
def test_what_is_not_there_cannot_be_withdrawn(withdraw, consent_id):
    with pytest.raises(CallError) as error:
        withdraw(consent_id)
    assert error.value.status == "NOT_FOUND"


def test_anothers_consent_looks_like_none(give, withdraw, listed):
    consent_id = give(written("consent", NOW))

    def refusal(other):
        with pytest.raises(CallError) as error:
            withdraw(other, uid="bob")
        return error.value.status, error.value.message, error.value.details

    assert refusal(consent_id) == refusal("0" * 32)
    assert listed()["part2"][0]["inForce"]


def test_pages_go_through_all_written_consents(give, listed, later):
    ids = []
    for number in range(5):
        later(minutes=number)
        ids.append(give(written("consent", NOW)))

    seen, cursor = [], None
    while True:
        page = listed(limit=2, cursor=cursor)
        seen += [item["consentId"] for item in page["part2"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]
