"""Money: integer minor units and an ISO 4217 code. Never a float."""

from enum import StrEnum


class Currency(StrEnum):
    """The currencies that the product takes (ISO 4217)."""

    USD = "USD"


_DECIMALS = {Currency.USD: 2}
"""The digits after the point in amounts of a currency (ISO 4217)."""


def decimal(amount: int, currency: Currency) -> str:
    """Return an amount of minor units in whole units with all decimals, such as -0.05."""
    digits = _DECIMALS[currency]
    text = f"{abs(amount):0{digits + 1}}"
    return f"{'-' if amount < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def split(amount: int, weights: list[int]) -> list[int]:
    """Return `amount` split in proportion to `weights`, by largest remainder.

    The parts are whole units and sum to `amount`; ties go to the earlier weight.

    Raises:
        ValueError: a negative amount or weight, or no positive weight.
    """
    total = sum(weights)
    if amount < 0 or total <= 0 or min(weights) < 0:
        raise ValueError("An amount is split over positive weights.")
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % total))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts
