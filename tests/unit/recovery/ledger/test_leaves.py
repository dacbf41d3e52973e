"""The bytes of an entry: canonical, and refused where they are not sound."""

import json

import pytest

from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Kind, Leaf, Posting
from app.recovery.ledger.policy import leaves
from app.recovery.ledger.policy.leaves import InvalidLeafError

COMMITMENT = "ab" * 32
GIFT = Leaf(
    kind=Kind.DONATION,
    day="2027-01-15",
    currency=Currency.USD,
    categories=(Category.FOOD,),
    postings=leaves.postings(
        {"assets:stripe:clearing": 4341, "funds:FOOD:donations": -4500, "funds:FOOD:fees": 159}
    ),
    commitment=COMMITMENT,
)
CANONICAL = (
    '{"categories":["FOOD"],"commitment":"' + COMMITMENT + '","currency":"USD",'
    '"day":"2027-01-15","kind":"DONATION","postings":[["assets:stripe:clearing","4341"],'
    '["funds:FOOD:donations","-4500"],["funds:FOOD:fees","159"]],"v":1}'
).encode()


def changed(**fields: object) -> bytes:
    """Return the gift with other fields, in the canonical form."""
    return json.dumps(
        {**json.loads(CANONICAL), **fields}, separators=(",", ":"), sort_keys=True
    ).encode()


def test_the_bytes_are_canonical_json() -> None:
    assert leaves.make(GIFT) == CANONICAL
    assert changed() == CANONICAL
    assert leaves.read(CANONICAL) == GIFT


def test_postings_are_in_order_and_leave_zeros_out() -> None:
    assert leaves.postings({"b": 2, "a": -2, "c": 0}) == (Posting("a", "-2"), Posting("b", "2"))


def test_a_leaf_without_private_record_has_no_commitment() -> None:
    assert b"commitment" not in leaves.make(GIFT.model_copy(update={"commitment": None}))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "size", id="empty"),
        pytest.param(b" " * 65_536, "size", id="longer than a log's bundle can say"),
        pytest.param(b"{}", "schema", id="no fields"),
        pytest.param(changed(donor="d1"), "schema", id="an unknown field"),
        pytest.param(changed(v=2), "schema", id="another version"),
        pytest.param(changed(kind="GIFT"), "schema", id="an unknown kind"),
        pytest.param(changed(currency="EUR"), "schema", id="an unknown currency"),
        pytest.param(changed(day="2027-01-15T09:00:00Z"), "schema", id="time finer than a day"),
        pytest.param(changed(commitment="zz" * 32), "schema", id="no hash"),
        pytest.param(CANONICAL + b"\n", "not canonical", id="a space more"),
        pytest.param(
            json.dumps(json.loads(CANONICAL)).encode(), "not canonical", id="spaces between"
        ),
        pytest.param(
            changed(postings=[["funds:FOOD:donations", "-1"], ["assets:stripe:clearing", "1"]]),
            "accounts out of order",
            id="postings out of order",
        ),
        pytest.param(
            changed(postings=[["funds:FOOD:donations", "-1"], ["funds:FOOD:donations", "1"]]),
            "accounts out of order",
            id="an account twice",
        ),
        pytest.param(
            changed(postings=[["assets:bank", "1"], ["funds:FOOD:donations", "-1"]]),
            "account",
            id="an account that the kind may not touch",
        ),
        pytest.param(
            changed(postings=[["assets:stripe:clearing", "1"], ["funds:GOLD:donations", "-1"]]),
            "categories",
            id="a fund that is no category",
        ),
        pytest.param(changed(categories=["TECH"]), "categories", id="another category"),
        pytest.param(changed(categories=[]), "categories", id="no category"),
        pytest.param(changed(postings=[], categories=[]), "categories", id="no postings"),
        pytest.param(
            changed(postings=[["assets:stripe:clearing", "2"], ["funds:FOOD:donations", "-1"]]),
            "does not sum to zero",
            id="a cent too much",
        ),
        *(
            pytest.param(
                changed(postings=[["assets:stripe:clearing", amount]]), "schema", id=f"{amount=}"
            )
            for amount in ("0", "-0", "01", "+1", "1.0", "1e3", "", "1" * 16, 1)
        ),
    ],
)
def test_unsound_bytes_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidLeafError, match=f"^{reason}$"):
        leaves.read(data)
