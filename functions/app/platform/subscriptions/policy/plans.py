"""The plans and their prices, the one place that says them. Stripe's catalogue follows it."""

from collections.abc import Mapping

from app.kit.errors import InvalidArgumentError
from app.kit.money import Currency
from app.platform.subscriptions.models.plans import (
    Family,
    Feature,
    Interval,
    Plan,
    PlanLimits,
    Plans,
    PlanView,
    Price,
    PriceKey,
)

MAX_SEATS = 10_000
TRIAL_DAYS = 14

_FREE = PlanLimits(assessments=1, active_plans=1, model_messages_per_month=20)
_PREMIUM = PlanLimits(assessments=None, active_plans=None, model_messages_per_month=1000)
_COACHING = frozenset({Feature.RECOMMENDATIONS, Feature.SESSION_PREPARATION})

LIMITS: Mapping[Plan, PlanLimits] = {
    Plan.FREE: _FREE,
    Plan.PARTNER: _FREE,
    Plan.PREMIUM: _PREMIUM,
    Plan.ENTERPRISE: _PREMIUM,
}
FEATURES: Mapping[Plan, frozenset[Feature]] = {
    Plan.FREE: frozenset(),
    Plan.PARTNER: frozenset({Feature.PARTNER_NETWORK}),
    Plan.PREMIUM: _COACHING,
    Plan.ENTERPRISE: _COACHING | {Feature.ORGANIZATION},
}
NAMES: Mapping[Plan, str] = {
    Plan.PREMIUM: "Evergrow360 Premium",
    Plan.ENTERPRISE: "Evergrow360 Enterprise",
    Plan.PARTNER: "SecondWind Partner network",
}
"""What Stripe's pages and invoices call those that are paid for."""


def _price(  # noqa: PLR0913  # the columns of the table
    key: PriceKey,
    plan: Plan,
    interval: Interval,
    cents: int,
    *,
    seats: tuple[int, int] = (1, 1),
    trial_days: int = 0,
) -> Price:
    return Price(
        key=key,
        plan=plan,
        interval=interval,
        unit_amount_cents=cents,
        currency=Currency.USD,
        min_seats=seats[0],
        max_seats=seats[1],
        trial_days=trial_days,
    )


PRICES: Mapping[PriceKey, Price] = {
    price.key: price
    for price in (
        _price(
            PriceKey.PREMIUM_MONTHLY, Plan.PREMIUM, Interval.MONTH, 39_00, trial_days=TRIAL_DAYS
        ),
        _price(PriceKey.PREMIUM_YEARLY, Plan.PREMIUM, Interval.YEAR, 390_00, trial_days=TRIAL_DAYS),
        _price(
            PriceKey.ENTERPRISE_MONTHLY,
            Plan.ENTERPRISE,
            Interval.MONTH,
            29_00,
            seats=(10, MAX_SEATS),
        ),
        _price(PriceKey.PARTNER_MONTHLY, Plan.PARTNER, Interval.MONTH, 99_00),
    )
}


def family_of(plan: Plan) -> Family:
    """Return what kind of membership a plan belongs to."""
    return Family.PARTNER if plan is Plan.PARTNER else Family.COACHING


def plan_of(lookup_key: str | None, otherwise: Plan) -> Plan:
    """Return the plan of a price by its lookup key.

    A price that was replaced, because its amount changed, has lost its key: who still pays it has
    the plan that they had, `otherwise`.
    """
    return PRICES[PriceKey(lookup_key)].plan if lookup_key in set(PriceKey) else otherwise


def require_seats(price: Price, seats: int) -> None:
    """Refuse a number of seats that a price is not for.

    Raises:
        InvalidArgumentError: there are too few or too many.
    """
    if not price.min_seats <= seats <= price.max_seats:
        wanted = (
            f"must be {price.min_seats}"
            if price.min_seats == price.max_seats
            else f"must be from {price.min_seats} to {price.max_seats}"
        )
        raise InvalidArgumentError.of("seats", f"{wanted} for this price")


PLANS = Plans(
    items=tuple(
        PlanView(
            plan=plan,
            family=family_of(plan),
            limits=LIMITS[plan],
            features=tuple(sorted(FEATURES[plan])),
            prices=tuple(price for price in PRICES.values() if price.plan is plan),
        )
        for plan in Plan
    )
)
