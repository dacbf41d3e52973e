"""The words that US tax law asks of a charity's receipts, and where they begin.

By IRS Publication 1771 (Charitable Contributions: Substantiation and Disclosure Requirements).
What decides is what the donor paid, in each rule on its own. That errs toward saying more: with
goods in return, IRC 170(f)(8) looks at the part that was given, which is less.
"""

from dataclasses import dataclass

ACKNOWLEDGED_FROM_CENTS = 250_00
"""A contribution of $250 or more needs a written acknowledgement (IRC 170(f)(8)(A))."""
DISCLOSED_ABOVE_CENTS = 75_00
"""A payment in excess of $75 partly for goods needs a disclosure (IRC 6115(a), (b))."""


@dataclass(frozen=True)
class Goods:
    """What a donor was given in return."""

    value_cents: int = 0
    """The charity's good-faith estimate of its value."""
    description: str = ""


NOTHING = Goods()
"""What donors are given in return for what the catalogue offers."""


def dollars(cents: int) -> str:
    """Return an amount of US dollars, such as $1,234.50."""
    return f"${cents // 100:,}.{cents % 100:02}"


def required(paid_cents: int, goods: Goods = NOTHING) -> tuple[str, ...]:
    """Return the sentences that must stand on the receipt of one payment.

    Args:
        paid_cents: what was paid, whatever went back of it later.
        goods: what was given in return.
    """
    found = []
    if paid_cents >= ACKNOWLEDGED_FROM_CENTS:
        found.append(acknowledgement(goods))
    if goods.value_cents and paid_cents > DISCLOSED_ABOVE_CENTS:
        found.append(
            "The amount of your contribution that is deductible for federal income tax purposes"
            " is limited to the excess of the money you contributed over the value of the goods"
            f" or services provided to you, which we estimate in good faith at"
            f" {dollars(goods.value_cents)}. That excess is"
            f" {dollars(max(0, paid_cents - goods.value_cents))}."
        )
    return tuple(found)


def acknowledgement(goods: Goods = NOTHING) -> str:
    """Return what was given in return for a contribution, in words (IRC 170(f)(8)(B))."""
    if not goods.value_cents:
        return "No goods or services were provided in exchange for this contribution."
    return (
        f"In exchange for this contribution we provided {goods.description}. Our good-faith"
        f" estimate of its value is {dollars(goods.value_cents)}."
    )
