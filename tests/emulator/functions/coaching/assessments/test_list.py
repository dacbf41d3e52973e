"""`assessments_list`: pages of the caller's own, newest first, nothing sensitive."""

import base64
from datetime import timedelta

import pytest

from tests.emulator.functions.coaching.conftest import NOW
from tests.support.errors import CallError


def made_up(document_id):
    return base64.urlsafe_b64encode(f"{NOW.isoformat()} {document_id}".encode()).decode()


@pytest.fixture
def five(premium, submit, later):
    """The ids of five assessments of Ann's, the newest first; Bob has one as well."""
    submit("bob")
    ids = []
    for number in range(5):
        later(timedelta(days=30 * number))
        ids.append(submit("ann"))
    return ids[::-1]


def test_pages_join_without_gap_or_overlap(call, five, round_trips):
    seen, cursor = [], None
    for size in (2, 2, 1):
        data = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        with round_trips() as counted:
            page = call("assessments_list", data, uid="ann")
        assert (len(page["items"]), counted) == (size, {"run_query": 1})
        seen += [item["assessmentId"] for item in page["items"]]
        cursor = page["nextCursor"]

    assert (seen, cursor) == (five, None)


def test_a_full_last_page_is_the_last(call, five):
    assert call("assessments_list", {"limit": 5}, uid="ann")["nextCursor"] is None


def test_an_item_holds_nothing_sensitive(call, submit):
    assessment_id = submit()

    assert call("assessments_list", {}, uid="ann") == {
        "items": [
            {
                "assessmentId": assessment_id,
                "status": "submitted",
                "progress": 0,
                "source": None,
                "questionnaireVersion": 1,
                "submittedAt": "2027-01-15T09:00:00Z",
                "analyzedAt": None,
            }
        ],
        "nextCursor": None,
    }


def test_who_has_none_gets_an_empty_page(call):
    assert call("assessments_list", {}, uid="new") == {"items": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("data", "uid", "status"),
    [
        pytest.param({}, None, "UNAUTHENTICATED", id="signed out"),
        pytest.param({"limit": 0}, "ann", "INVALID_ARGUMENT", id="below the limit"),
        pytest.param({"limit": 51}, "ann", "INVALID_ARGUMENT", id="past the limit"),
        pytest.param({"limit": "5"}, "ann", "INVALID_ARGUMENT", id="a number in quotes"),
        pytest.param({"cursor": "made up"}, "ann", "INVALID_ARGUMENT", id="no cursor"),
        pytest.param({"cursor": ""}, "ann", "INVALID_ARGUMENT", id="empty cursor"),
        pytest.param({"cursor": "é"}, "ann", "INVALID_ARGUMENT", id="not ASCII"),
        pytest.param({"cursor": made_up("..")}, "ann", "INVALID_ARGUMENT", id="path in a cursor"),
        pytest.param({"cursor": made_up("__a__")}, "ann", "INVALID_ARGUMENT", id="reserved id"),
        pytest.param({"uid": "bob"}, "ann", "INVALID_ARGUMENT", id="unknown field"),
    ],
)
def test_refusals(call, submit, data, uid, status):
    submit("ann")

    with pytest.raises(CallError) as refusal:
        call("assessments_list", data, uid=uid)

    assert refusal.value.status == status
