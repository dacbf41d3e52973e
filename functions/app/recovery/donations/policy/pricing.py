"""What a gift costs, and which funds it feeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.errors import InvalidArgumentError
from app.platform.payments.models.stripe import CheckoutLine
from app.recovery.catalog.models import Category
from app.recovery.catalog.policy import ITEMS
from app.recovery.donations.models.gifts import Choice, ChosenItem

FEE_BASIS_POINTS = 290
"""Stripe's share of a card payment in the United States, 2.9 % (as of 2026-11)."""
FEE_FIXED_CENTS = 30
"""Stripe's fixed part of the same fee."""

_WHOLE = 10_000  # basis points


@dataclass(frozen=True)
class Gift:
    """A priced gift. `lines` sum to `amount_cents`, `allocation` to that less the fee cover."""

    allocation: dict[Category, int]
    fee_cover_cents: int
    amount_cents: int
    lines: tuple[CheckoutLine, ...]


def price(request: Choice) -> Gift:
    """Return what the donor pays and for what.

    Running costs are a fund of their own that aid never mixes with, so a gift to OPERATIONS holds
    nothing else: its refunds and fees then belong to one side alone.

    Raises:
        InvalidArgumentError: nothing is chosen, an item is unknown or stands twice, or running
            costs and aid are in one gift. Names the field.
    """
    _check(request.items, request.custom_amount_cents)
    allocation: dict[Category, int] = {}
    lines = []
    for chosen in request.items:
        item = ITEMS[chosen.item_id]
        cents = item.unit_amount_cents * chosen.quantity
        allocation[item.category] = allocation.get(item.category, 0) + cents
        lines.append(CheckoutLine(item.name.en, item.unit_amount_cents, chosen.quantity))
    if request.custom_amount_cents is not None:
        cents = request.custom_amount_cents
        allocation[Category.FLEX] = allocation.get(Category.FLEX, 0) + cents
        lines.append(CheckoutLine("Gift of your choice", cents, 1))
    net_cents = sum(allocation.values())
    fee_cover_cents = with_fee_covered(net_cents) - net_cents if request.cover_fee else 0
    if fee_cover_cents:
        lines.append(CheckoutLine("Processing fee", fee_cover_cents, 1))
    return Gift(allocation, fee_cover_cents, net_cents + fee_cover_cents, tuple(lines))


def with_fee_covered(net_cents: int, basis_points: int = FEE_BASIS_POINTS) -> int:
    """Return the least whole amount that leaves `net_cents` after Stripe's fee, unrounded."""
    return -(-(net_cents + FEE_FIXED_CENTS) * _WHOLE // (_WHOLE - basis_points))


def _check(items: Sequence[ChosenItem], custom_amount_cents: int | None) -> None:
    if not items and custom_amount_cents is None:
        raise InvalidArgumentError.of("items", "choose an item or set customAmountCents")
    for position, chosen in enumerate(items):
        field = f"items.{position}.itemId"
        if chosen.item_id not in ITEMS:
            raise InvalidArgumentError.of(field, "is not in the catalogue")
        if any(chosen.item_id == other.item_id for other in items[:position]):
            raise InvalidArgumentError.of(field, "stands twice")
    for position, chosen in enumerate(items):
        alone = len(items) == 1 and custom_amount_cents is None
        if ITEMS[chosen.item_id].category is Category.OPERATIONS and not alone:
            raise InvalidArgumentError.of(
                f"items.{position}.itemId", "is a fund of its own; give to it separately"
            )
