"""Payments for people, as the domain that will decide them tells the ledger of them."""

from datetime import date

from app.recovery.catalog.models import Category
from app.recovery.ledger.aid import Payment, Phase, tell


def payment(name: str, uid: str, category: str = "FOOD", cents: int = 1_00, **more) -> Payment:
    """Return a payment of `cents` for somebody."""
    fund = Category(category)
    return Payment(id=name, uid=uid, category=fund, amount_cents=cents, **more)


def pay(name: str, uid: str, category: str = "FOOD", day: str = "2027-01-15", **more) -> None:
    """Tell that a payment was decided, and that it left the bank."""
    paid = payment(name, uid, category, **more)
    for phase in (Phase.PENDING, Phase.CLEARED):
        tell(paid, phase, date.fromisoformat(day))


def pay_many(count: int, category: str = "FOOD", day: str = "2027-01-15", **more) -> None:
    """Tell of a payment for each of so many people, the same ones each time."""
    for number in range(count):
        pay(f"{category}-{day}-{number}", f"r{number}", category, day, **more)
