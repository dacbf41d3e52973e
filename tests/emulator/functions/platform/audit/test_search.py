"""Admins search the log, and every search is in the log."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.errors import CallError
from tests.support.firestore_proxy import proxied
from tests.support.tokens import staff

START = datetime(2024, 1, 15, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def busy(log):
    """A log in which Ann reads and writes, and Kim, of the staff, reads what is Ann's and Bob's."""
    log.write(3, subject="ann", actor="ann", action="read", at=START)
    log.write(2, subject="ann", actor="ann", action="write", at=START + HOUR)
    log.write(2, subject="ann", actor="kim", action="read", at=START + 2 * HOUR)
    log.write(1, subject="bob", actor="kim", action="read", at=START + 3 * HOUR)
    return log


@pytest.mark.parametrize(
    ("request_", "count"),
    [
        ({}, 8),
        ({"subject": "ann"}, 7),
        ({"actor": "kim"}, 3),
        ({"action": "write"}, 2),
        ({"subject": "ann", "actor": "kim"}, 2),
        ({"subject": "ann", "action": "read"}, 5),
        ({"actor": "ann", "action": "read"}, 3),
        ({"subject": "bob", "actor": "kim", "action": "read"}, 1),
        ({"subject": "bob", "actor": "ann"}, 0),
        ({"since": (START + HOUR).isoformat()}, 5),
        ({"until": (START + HOUR).isoformat()}, 3),
        ({"subject": "ann", "since": (START + HOUR).isoformat(), "until": "2024-01-15T11:00Z"}, 2),
        ({"since": START.isoformat(), "until": START.isoformat()}, 0),
    ],
)
def test_it_finds_what_matches_everything_that_is_given(busy, request_, count):
    items = busy.search(**request_)["items"]

    assert len(items) == count
    times = [item["at"] for item in items]
    assert times == sorted(times, reverse=True)
    for name in ("subject", "actor", "action"):
        assert {item[name] for item in items} <= {request_.get(name, item[name]) for item in items}


def test_an_item_says_everything_but_hashes(busy):
    busy.seal()
    (item,) = busy.search(subject="bob")["items"]
    ((entry_id, stored),) = (
        e
        for e in busy.entries().items()
        if e[1]["touched"][0]["path"] != "audit_entries" and e[1]["subject"] == "bob"
    )

    assert item == {
        "entryId": entry_id,
        "at": "2024-01-15T12:00:00Z",
        "actor": "kim",
        "role": "owner",
        "purpose": "self",
        "action": "read",
        "subject": "bob",
        "touched": [{"path": "plans/0", "fields": ["goals"]}],
        "outcome": "allowed",
        "grantId": None,
        "notice": False,
        "shard": stored["shard"],
        "sequence": stored["sequence"],
    }
    assert item["sequence"] is not None


def test_pages_show_each_entry_once_though_each_search_adds_one(busy):
    seen, cursor = [], None
    while True:
        page = busy.search(limit=3, cursor=cursor)
        seen += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    found = [item["entryId"] for item in seen if item["action"] != "search"]
    assert len(found) == len(set(found)) == 8
    assert [item["action"] for item in seen].count("search") == 0  # they are newer than page one


def test_a_search_is_in_the_log_before_anything_is_shown(busy):
    busy.search(subject="ann", actor="kim", since=START.isoformat())

    (entry,) = (e for e in busy.entries().values() if e["action"] == "search")
    assert (entry["actor"], entry["role"], entry["subject"]) == ("boss", "admin", "ann")
    assert entry["touched"] == [{"path": "audit_entries", "fields": ["actor", "since", "subject"]}]
    assert "kim" not in str(entry)

    with proxied() as proxy:
        proxy.inject(method="Commit", code="UNAVAILABLE", times=-1)
        with pytest.raises(CallError) as refusal:
            busy.search(subject="ann")
    assert refusal.value.status == "UNAVAILABLE"


def test_the_search_for_nothing_in_particular_is_about_nobody(busy):
    busy.search()

    (entry,) = (e for e in busy.entries().values() if e["action"] == "search")
    assert (entry["subject"], entry["touched"][0]["fields"]) == ("", [])


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"subject": "a/b"}, "subject"),
        ({"subject": ""}, "subject"),
        ({"actor": "x" * 129}, "actor"),
        ({"action": "erase everything"}, "action"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2024-01-15T09:00:00"}, "since"),
        ({"since": "2024-01-15T09:00:00Z", "until": "2024-01-15T08:59:59Z"}, "until"),
        ({"limit": 101}, "limit"),
        ({"cursor": "?"}, "cursor"),
        ({"about": "ann"}, "about"),
    ],
)
def test_a_wrong_request_is_refused_by_the_field_and_leaves_nothing(busy, request_, field):
    before = busy.entries()
    with pytest.raises(CallError) as refusal:
        busy.search(**request_)

    assert refusal.value.fields == [field]
    assert busy.entries() == before


@pytest.mark.parametrize(
    "claims",
    [
        {},
        staff("coach"),
        staff("compliance"),
        {**staff("admin"), "firebase": {"sign_in_provider": "password", "identities": {}}},
        {**staff("admin"), "auth_time": 1_700_000_000},
    ],
)
def test_who_is_no_admin_with_second_factor_and_recent_sign_in_sees_nothing(busy, claims):
    before = busy.entries()
    with pytest.raises(CallError) as refusal:
        busy.backend.call("audit_search", {}, uid="ben", **claims)

    assert refusal.value.status == "PERMISSION_DENIED"
    assert busy.entries() == before
