"""Plans and prices, and the message that lists them."""

from enum import StrEnum

from app.kit.model import Cents, Message
from app.kit.money import Currency


class Plan(StrEnum):
    """What people can have, the lesser first."""

    FREE = "free"
    PARTNER = "partner"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


class Family(StrEnum):
    """What one membership is for: its plans can be exchanged, and nobody pays for two of them."""

    COACHING = "coaching"
    PARTNER = "partner"


class Interval(StrEnum):
    """How often a price is due, in Stripe's words."""

    MONTH = "month"
    YEAR = "year"


class PriceKey(StrEnum):
    """What can be bought: Stripe's lookup keys."""

    PREMIUM_MONTHLY = "premium_monthly_usd"
    PREMIUM_YEARLY = "premium_yearly_usd"
    ENTERPRISE_MONTHLY = "enterprise_monthly_usd"
    PARTNER_MONTHLY = "partner_monthly_usd"


class Feature(StrEnum):
    """What a plan has that not every plan has."""

    RECOMMENDATIONS = "recommendations"
    SESSION_PREPARATION = "session_preparation"
    ORGANIZATION = "organization"
    PARTNER_NETWORK = "partner_network"


class PlanLimits(Message):
    """How much of something a plan includes; None is without limit."""

    assessments: int | None
    active_plans: int | None
    model_messages_per_month: int


class Price(Message):
    """A price. `unit_amount_cents` is of one seat for one interval."""

    key: PriceKey
    plan: Plan
    interval: Interval
    unit_amount_cents: Cents
    currency: Currency
    min_seats: int
    max_seats: int
    trial_days: int


class PlanView(Message):
    """A plan, what it includes and what it costs."""

    plan: Plan
    family: Family
    limits: PlanLimits
    features: tuple[Feature, ...]
    prices: tuple[Price, ...]


class ListPlans(Message):
    """The request of `subscriptions_list_plans`."""


class Plans(Message):
    """The response of `subscriptions_list_plans`."""

    items: tuple[PlanView, ...]
