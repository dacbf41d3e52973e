"""What a gift pays for, before and after; and the card, which tells no more than it should."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.kit.locale import Locale
from app.platform.payments.models.documents import PaymentState
from app.recovery.catalog.models import Category
from app.recovery.catalog.policy import ITEMS
from app.recovery.donations.models.gifts import Choice, ChosenItem
from app.recovery.donations.models.impact import (
    CalculateImpact,
    GetShareCard,
    Impact,
    ShareCard,
    YesNo,
)
from app.recovery.donations.models.solicitation import Switch
from app.recovery.donations.policy import card, impact, pricing, registration
from tests.unit.recovery.donations.test_policy import DONATION

PAID = DONATION.model_copy(update={"state": PaymentState.SUCCEEDED})


def calculated(**query: object) -> Impact:
    choice = impact.chosen(CalculateImpact.model_validate(query))
    return impact.impact(choice, registration.DEFAULT)


def test_items_are_what_they_are_in_the_catalogue() -> None:
    found = calculated(items="housing:2,bus:1", cover_fee=YesNo.TRUE)

    assert [(f.item_id, f.quantity, f.unit) for f in found.funded] == [
        ("housing", 2, "week"),
        ("bus", 1, "item"),
    ]
    assert found.allocation == {Category.HOUSING: 25_000, Category.TRANSPORT: 3_500}
    assert (found.amount_cents, found.charged_cents) == (28_500, pricing.with_fee_covered(28_500))
    assert found.fee_cover_cents == found.charged_cents - 28_500
    assert found.could_fund == ()


def test_an_amount_could_fund_whole_units_of_each_item_of_aid() -> None:
    found = calculated(custom_amount_cents="14999")

    assert {f.item_id: f.quantity for f in found.could_fund} == {
        "food": 3,
        "meds": 5,
        "clothing": 2,
        "housing": 1,
        "bus": 4,
        "docs": 4,
    }
    assert found.allocation == {Category.FLEX: 14_999}


def test_asked_about_nothing_it_tells_only_whether_gifts_are_taken() -> None:
    found = impact.impact(impact.chosen(CalculateImpact()), Switch(open=False, states=("CO", "NM")))

    assert (found.charged_cents, found.funded, found.could_fund) == (0, (), ())
    assert (found.solicitation.open, found.solicitation.states) == (False, ("CO", "NM"))


@given(
    chosen=st.dictionaries(
        st.sampled_from(sorted(ITEMS.keys() - {"operations"})), st.integers(1, 10), min_size=1
    ),
    custom=st.none() | st.integers(100, 1_000_000),
    cover=st.booleans(),
)
def test_what_is_calculated_is_what_the_gift_costs(
    *, chosen: dict[str, int], custom: int | None, cover: bool
) -> None:
    found = calculated(
        items=",".join(f"{item}:{quantity}" for item, quantity in chosen.items()),
        custom_amount_cents=None if custom is None else str(custom),
        cover_fee=YesNo.TRUE if cover else YesNo.FALSE,
    )
    items = tuple(ChosenItem(item_id=item, quantity=quantity) for item, quantity in chosen.items())
    gift = pricing.price(Choice(items=items, custom_amount_cents=custom, cover_fee=cover))

    assert (found.charged_cents, found.allocation) == (gift.amount_cents, gift.allocation)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"items": "food:0"}, "items"),
        ({"items": "food:11"}, "items"),
        ({"items": "yacht:1"}, "items.0.itemId"),
        ({"items": "food:1,food:2"}, "items.1.itemId"),
        ({"items": "operations:1,food:1"}, "items.0.itemId"),
        ({"custom_amount_cents": "99"}, "customAmountCents"),
        ({"custom_amount_cents": "1000001"}, "customAmountCents"),
    ],
)
def test_what_could_not_be_given_is_refused(query: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        calculated(**query)

    assert [problem["field"] for problem in refusal.value.details] == [field]


def shown(name: str | None = None, *, anonymous: bool = False, **asked: object) -> ShareCard:
    request = GetShareCard.model_validate({"donation_id": "d", "locale": Locale.EN} | asked)
    return card.card(PAID.model_copy(update={"anonymous": anonymous}), request, name)


def test_a_card_tells_what_for_and_neither_how_much_nor_who() -> None:
    told = shown()

    assert told.lines == ("Food: 1",)
    assert told.amount is None
    assert "45" not in told.svg
    assert "$" not in told.svg
    assert told.headline == "I gave for a second wind"


def test_a_card_tells_what_its_donor_wants_told() -> None:
    told = shown("Ann", with_amount=True, with_name=True)

    assert told.headline == "Ann gave for a second wind"
    assert told.amount == "$45.00 USD"
    assert "$45.00 USD" in told.svg
    assert shown("Ann", locale=Locale.ES).headline == "Ann donó para un nuevo comienzo"
    assert "Ann" not in shown("Ann", anonymous=True, with_name=True).svg


@given(name=st.text(max_size=60))
def test_whatever_the_name_the_image_is_well_formed_and_holds_it_as_text(name: str) -> None:
    root = ET.fromstring(shown(name).svg)  # noqa: S314  # our own text

    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "rect", "g", "text"}


def test_a_name_that_is_markup_stays_a_name() -> None:
    told = shown("<script>a</script>&{x}")

    assert "<script>" not in told.svg
    assert "&lt;script&gt;" in told.svg


def test_many_items_end_in_and_more() -> None:
    items = tuple(ChosenItem(item_id=i, quantity=2) for i in ITEMS if i != "operations")
    gift = PAID.model_copy(update={"items": items, "custom_amount_cents": 100})
    told = card.card(gift, GetShareCard(donation_id="d", locale=Locale.EN), None)

    assert len(told.lines) == card.MAX_LINES
    assert told.lines[-1] == "and more"
    assert "Housing: 2 weeks" in told.lines


def test_the_image_shows_every_line_and_no_other() -> None:
    items = tuple(ChosenItem(item_id=i, quantity=1) for i in ("food", "housing"))
    told = card.card(
        PAID.model_copy(update={"items": items}),
        GetShareCard(donation_id="d", locale=Locale.ES, with_amount=True),
        None,
    )
    root = ET.fromstring(told.svg)  # noqa: S314  # our own text
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]

    assert texts == [told.headline, "• Alimentos: 1", "• Vivienda: 1 semana", "$45.00 USD"]


@pytest.mark.parametrize("state", list(PaymentState))
def test_only_gifts_that_the_charity_has_are_shown(state: PaymentState) -> None:
    gift = DONATION.model_copy(update={"state": state})
    if state in {PaymentState.SUCCEEDED, PaymentState.PARTIALLY_REFUNDED}:
        card.require_shown(gift)
    else:
        with pytest.raises(FailedPreconditionError):
            card.require_shown(gift)


@pytest.mark.parametrize(
    ("open_", "states", "donor", "reason"),
    [
        (True, ("CO",), None, None),
        (True, ("CO",), "CO", None),
        (True, ("CO",), "NY", "state"),
        (True, (), "CO", "state"),
        (True, (), None, None),
        (False, ("CO",), None, "solicitation"),
        (False, ("CO",), "CO", "solicitation"),
    ],
)
def test_gifts_are_asked_for_only_where_the_charity_is_registered(
    *, open_: bool, states: tuple[str, ...], donor: str | None, reason: str | None
) -> None:
    switch = Switch(open=open_, states=states)
    if reason is None:
        registration.require(switch, donor)
        return
    with pytest.raises(FailedPreconditionError) as refusal:
        registration.require(switch, donor)
    assert refusal.value.details == {"reason": reason}
