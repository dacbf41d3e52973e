"""People write and read what they say of themselves; nobody else reads it in the database."""

import threading
from uuid import uuid4

import pytest

from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.patience import SOON_SECONDS

FULL = {
    "firstName": "Zoë",
    "lastName": "Quistgaard",
    "company": "Acme",
    "jobTitle": "Engineering Manager",
    "industry": "Software",
    "location": "Pueblo",
    "yearsOfExperience": 7,
    "timeZone": "America/Denver",
    "bio": "I climb.",
    "linkedinUrl": "https://www.linkedin.com/in/zoe",
    "siteUrl": "https://zoe.example",
    "phone": "+13035550100",
    "companySize": 40,
    "teamSize": 6,
    "yearsInRole": 2,
}


@pytest.fixture
def update(call):
    def update(uid="ann", key=None, **fields):
        return call("profiles_update", {"idempotencyKey": key or str(uuid4()), **fields}, uid=uid)

    return update


@pytest.fixture
def read(call):
    return lambda uid="ann": call("profiles_get", {}, uid=uid)


def said(answer):
    return {name: value for name, value in answer["profile"].items() if value is not None}


def test_a_profile_is_read_as_it_was_written(update, read):
    assert update(**FULL)["completion"] == {
        "percent": 100,
        "level": "excellent",
        "complete": True,
        "missing": [],
    }
    answer = read()

    assert said(answer) == FULL
    assert answer["coachingContext"] == {
        "role": "management_role",
        "sector": "technology",
        "company": "small",
        "team": "medium_team",
        "years": "senior",
    }


def test_who_wrote_nothing_has_an_empty_profile(read):
    answer = read()

    assert said(answer) == {}
    assert answer["completion"]["percent"] == 0
    assert answer["coachingContext"]["role"] == "unspecified"


def test_an_update_touches_what_it_names_and_nothing_else(update, read):
    update(**FULL)
    answer = update(bio="I run.", clear=["phone", "teamSize"])

    expected = {**FULL, "bio": "I run."}
    del expected["phone"], expected["teamSize"]
    assert said(read()) == expected
    assert answer["completion"]["percent"] == 94
    assert answer["completion"]["missing"] == ["phone"]


def test_one_wrong_field_changes_nothing(update, read):
    update(**FULL)
    with pytest.raises(CallError) as refused:
        update(bio="I run.", timeZone="Mars/Olympus", clear=["phone"])
    assert refused.value.fields == ["timeZone"]
    with pytest.raises(CallError) as refused:
        update(bio="I run.", clear=["bio"])
    assert refused.value.fields == ["clear"]

    assert said(read()) == FULL


def test_a_repeated_update_changes_nothing(update, read):
    key = str(uuid4())
    first = update(key=key, bio="I climb.")
    update(bio="I run.")

    assert update(key=key, bio="I climb.") == first
    assert said(read()) == {"bio": "I run."}
    with pytest.raises(CallError) as refused:
        update(key=key, clear=["bio"])
    assert refused.value.fields == ["idempotencyKey"]


def test_of_two_updates_at_once_neither_is_lost(update, read):
    both, met = threading.Barrier(2), threading.local()

    def around(method, send):
        if method == "commit" and not getattr(met, "once", False):
            met.once = True
            both.wait(SOON_SECONDS)
        return send()

    with tapped(around):
        threads = [
            threading.Thread(target=update, kwargs=fields)
            for fields in ({"bio": "I climb."}, {"company": "Acme"})
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON_SECONDS)

    assert said(read()) == {"bio": "I climb.", "company": "Acme"}


def test_nothing_of_a_profile_stands_in_the_database_or_in_anothers_answer(update, read):
    update(**FULL)
    stored = str(export())

    for value in FULL.values():
        if isinstance(value, str):
            assert value not in stored
    assert said(read("mallory")) == {}
