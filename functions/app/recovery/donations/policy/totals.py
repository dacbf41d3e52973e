"""What a donor's gifts sum up to."""

from collections.abc import Iterable, Iterator

from app.kit.money import Currency, split
from app.platform.payments.models.documents import Payment
from app.recovery.catalog.models import Category
from app.recovery.charity import ZONE
from app.recovery.donations.models.dashboard import (
    AllocationView,
    DonorTotals,
    TotalView,
    YearTotals,
)
from app.recovery.donations.models.gifts import Counted, Donation

_SUMS = ("captured_cents", "refunded_cents", "disputed_cents", "fee_cents")


def counted(donation: Donation, payments: Iterable[Payment]) -> Counted | None:
    """Return what a gift adds to its donor's totals, given its payments; None if unpaid.

    What is kept is split over the gift's funds by largest remainder. The fee counts once Stripe
    has told it.
    """
    paid = [payment for payment in payments if payment.captured_cents]
    if not paid:
        return None
    captured, refunded, disputed = (
        sum(amounts)
        for amounts in zip(
            *((p.captured_cents, p.refunded_cents, p.disputed_cents) for p in paid), strict=True
        )
    )
    first = min(payment.captured_at or donation.created_at for payment in paid)
    categories = sorted(donation.allocation)
    kept = max(0, captured - refunded - disputed)
    shares = split(kept, [donation.allocation[category] for category in categories])
    return Counted(
        year=first.astimezone(ZONE).year,
        currency=paid[0].currency,
        captured_cents=captured,
        refunded_cents=refunded,
        disputed_cents=disputed,
        fee_cents=sum(payment.fee_cents or 0 for payment in paid),
        allocation=dict(zip(categories, shares, strict=True)),
    )


def moved(totals: DonorTotals, before: Counted | None, after: Counted | None) -> DonorTotals:
    """Return a donor's totals once a gift that counted as `before` counts as `after`."""
    years = {(year.year, year.currency): year for year in totals.years}
    for counted_, sign in ((before, -1), (after, 1)):
        if counted_ is not None:
            place = (counted_.year, counted_.currency)
            year = years.get(place, YearTotals(year=counted_.year, currency=counted_.currency))
            years[place] = _plus(year, counted_, sign)
    kept = tuple(years[place] for place in sorted(years) if years[place].gifts)
    return totals.model_copy(update={"years": kept})


def views(totals: DonorTotals) -> Iterator[TotalView]:
    """Yield the totals of each currency altogether, then of each year, the latest first."""
    for currency in _currencies(totals):
        of_it = [year for year in totals.years if year.currency == currency]
        yield _view(None, currency, of_it)
        for year in sorted(of_it, key=lambda year: -year.year):
            yield _view(year.year, currency, [year])


def allocation(totals: DonorTotals) -> Iterator[AllocationView]:
    """Yield what each fund has of a donor's gifts."""
    for currency in _currencies(totals):
        of_it = [year.allocation for year in totals.years if year.currency == currency]
        for category in Category:
            cents = sum(by_fund.get(category, 0) for by_fund in of_it)
            if cents:
                yield AllocationView(category=category, currency=currency, cents=cents)


def _plus(year: YearTotals, counted_: Counted, sign: int) -> YearTotals:
    funds = {*year.allocation, *counted_.allocation}
    sums = {
        fund: year.allocation.get(fund, 0) + sign * counted_.allocation.get(fund, 0)
        for fund in sorted(funds)
    }
    changed: dict[str, object] = {
        name: getattr(year, name) + sign * getattr(counted_, name) for name in _SUMS
    }
    changed["gifts"] = year.gifts + sign
    changed["allocation"] = {fund: cents for fund, cents in sums.items() if cents}
    return year.model_copy(update=changed)


def _currencies(totals: DonorTotals) -> list[Currency]:
    return sorted({year.currency for year in totals.years})


def _view(year: int | None, currency: Currency, years: list[YearTotals]) -> TotalView:
    captured, refunded, disputed, fees = (sum(getattr(of, name) for of in years) for name in _SUMS)
    return TotalView(
        year=year,
        currency=currency,
        gifts=sum(of.gifts for of in years),
        gross_cents=captured,
        refunded_cents=refunded,
        disputed_cents=disputed,
        net_cents=max(0, captured - refunded - disputed),
        fee_cents=fees,
    )
