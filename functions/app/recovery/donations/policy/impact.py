"""What a gift pays for."""

from app.kit.errors import InvalidArgumentError
from app.kit.money import Currency
from app.recovery.catalog.models import (
    MAX_CUSTOM_CENTS,
    MAX_QUANTITY,
    MIN_CUSTOM_CENTS,
    MIN_QUANTITY,
    CatalogItem,
    Category,
)
from app.recovery.catalog.policy import ITEMS
from app.recovery.donations.models.gifts import Choice, ChosenItem
from app.recovery.donations.models.impact import (
    CalculateImpact,
    Funded,
    Impact,
    Solicitation,
    YesNo,
)
from app.recovery.donations.models.solicitation import Switch
from app.recovery.donations.policy import pricing


def chosen(request: CalculateImpact) -> Choice | None:
    """Return what a query asks about; None where it asks about nothing.

    Raises:
        InvalidArgumentError: a number is beyond what can be given. Names the field.
    """
    if request.items is None and request.custom_amount_cents is None:
        return None
    items = []
    for part in (request.items or "").split(",") if request.items else ():
        item_id, _, quantity = part.partition(":")
        if not MIN_QUANTITY <= int(quantity) <= MAX_QUANTITY:
            problem = f"quantities are from {MIN_QUANTITY} to {MAX_QUANTITY}"
            raise InvalidArgumentError.of("items", problem)
        items.append(ChosenItem(item_id=item_id, quantity=int(quantity)))
    cents = None if request.custom_amount_cents is None else int(request.custom_amount_cents)
    if cents is not None and not MIN_CUSTOM_CENTS <= cents <= MAX_CUSTOM_CENTS:
        problem = f"must be from {MIN_CUSTOM_CENTS} to {MAX_CUSTOM_CENTS}"
        raise InvalidArgumentError.of("customAmountCents", problem)
    return Choice(
        items=tuple(items),
        custom_amount_cents=cents,
        cover_fee=request.cover_fee is YesNo.TRUE,
    )


def impact(choice: Choice | None, switch: Switch) -> Impact:
    """Return what a choice costs and pays for, priced as the gift itself would be.

    Raises:
        InvalidArgumentError: it could not be given so. Names the field.
    """
    gift = None if choice is None else pricing.price(choice)
    covered = 0 if gift is None else gift.fee_cover_cents
    charged = 0 if gift is None else gift.amount_cents
    return Impact(
        currency=Currency.USD,
        amount_cents=charged - covered,
        fee_cover_cents=covered,
        charged_cents=charged,
        allocation={} if gift is None else gift.allocation,
        funded=() if choice is None else funded(choice.items),
        could_fund=could_fund((choice and choice.custom_amount_cents) or 0),
        solicitation=Solicitation(open=switch.open, states=switch.states),
    )


def funded(items: tuple[ChosenItem, ...]) -> tuple[Funded, ...]:
    """Return what chosen items of the catalogue are."""
    return tuple(_funded(ITEMS[item.item_id], item.quantity) for item in items)


def could_fund(cents: int) -> tuple[Funded, ...]:
    """Return how many whole units of each item of aid an amount would pay for."""
    aid = [item for item in ITEMS.values() if item.category not in _NO_AID_OF_ITS_OWN]
    quantities = [(item, cents // item.unit_amount_cents) for item in aid]
    return tuple(_funded(item, quantity) for item, quantity in quantities if quantity)


_NO_AID_OF_ITS_OWN = {Category.OPERATIONS, Category.FLEX}


def _funded(item: CatalogItem, quantity: int) -> Funded:
    return Funded(item_id=item.id, name=item.name, unit=item.unit, quantity=quantity)
