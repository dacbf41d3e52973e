"""`donations_list`: a donor's own gifts, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.errors import CallError

START = datetime(2027, 1, 15, 9, tzinfo=UTC)


def test_a_donor_sees_the_gift_and_its_dedication(giving, call):
    created = giving.checkout(dedication="Para mi hermano 🌱", anonymous=True)

    (gift,) = call("donations_list", {}, uid="donor")["items"]

    assert gift.pop("createdAt")
    assert gift == {
        "donationId": created["donationId"],
        "items": [{"itemId": "housing", "quantity": 2}],
        "customAmountCents": None,
        "feeCoverCents": 0,
        "amountCents": 25_000,
        "currency": "USD",
        "state": "created",
        "anonymous": True,
        "dedication": "Para mi hermano 🌱",
        "monthlyGiftId": None,
        "refundedCents": 0,
    }


def test_nobody_else_sees_it(giving, call):
    giving.checkout()

    assert call("donations_list", {}, uid="stranger") == {"items": [], "nextCursor": None}
    with pytest.raises(CallError) as refusal:
        call("donations_list", {}, uid=None)
    assert refusal.value.status == "UNAUTHENTICATED"


def test_pages_follow_each_other_newest_first_without_gap_or_repeat(giving, call, set_clock):
    made = []
    for number in range(5):
        set_clock(START + timedelta(minutes=number // 2))  # some at the same instant
        made.append(giving.checkout()["donationId"])

    seen, cursor = [], None
    for _ in range(3):
        page = call("donations_list", {"limit": 2, "cursor": cursor}, uid="donor")
        seen += [gift["donationId"] for gift in page["items"]]
        cursor = page["nextCursor"]

    assert cursor is None
    assert sorted(seen) == sorted(made)
    assert seen[0] == made[4]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "x" * 201}, "cursor"),
        ({"uid": "stranger"}, "uid"),
    ],
)
def test_bad_input_is_named(call, request_, field):
    with pytest.raises(CallError) as refusal:
        call("donations_list", request_, uid="donor")

    assert (refusal.value.http_status, refusal.value.fields) == (400, [field])
