"""What coupons take off: arithmetic in whole cents, and coupons in use."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.billing import objects
from sandbox.stripe.billing.periods import add_months
from sandbox.stripe.params import Json


def part(amount: int, numerator: int | Decimal, denominator: int) -> int:
    """Return a fraction of an amount in cents, half a cent rounded away from zero."""
    exact = Decimal(amount) * numerator / denominator
    return int(exact.to_integral_value(ROUND_HALF_UP))


def shares(total: int, weights: list[int]) -> list[int]:
    """Split a total by weights with the largest remainders, so that the parts add up."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def off(coupon: Json, amounts: list[int]) -> list[int]:
    """Return what a coupon takes off each amount; never more than there is."""
    weights = [max(amount, 0) for amount in amounts]
    total = sum(weights)
    if coupon["percent_off"] is not None:
        taken = part(total, Decimal(str(coupon["percent_off"])), 100)
    else:
        taken = min(total, coupon["amount_off"])
    return shares(taken, weights)


def in_turn(coupons: list[Json], amounts: list[int]) -> list[list[int]]:
    """Return what each coupon takes off each amount, each from what the former leave."""
    taken = []
    for coupon in coupons:
        taken.append(off(coupon, amounts))
        amounts = [amount - less for amount, less in zip(amounts, taken[-1], strict=True)]
    return taken


def coupons_of(account: Account, discount_ids: list[str]) -> list[Json]:
    """Return the coupons behind discounts; a deleted coupon's discounts go on."""
    return [account.included(account.get("discount", d), "coupon") for d in discount_ids]


def redeem(account: Account, coupon: Json, code: Json | None, **where: Any) -> Json:
    """Put a coupon to use and return the discount; `where` names what it is on."""
    at = account.clock.now()
    months = coupon["duration_in_months"]
    fields = where | {
        "end": add_months(at, months) if coupon["duration"] == "repeating" else None,
        "promotion_code": None if code is None else code["id"],
    }
    made = account.add(objects.discount(account.new_id("di_"), at, coupon["id"], fields))
    account.include(made, "coupon", coupon)
    for thing in (coupon, *([] if code is None else [code])):
        thing["times_redeemed"] += 1
        if thing["times_redeemed"] == thing["max_redemptions"]:
            thing["valid" if thing is coupon else "active"] = False
    if made["customer"] is not None:
        account.emit("customer.discount.created", made)
    return made


def drop(account: Account, subscription: Json, discount_id: str) -> None:
    """End a discount of a subscription."""
    subscription["discounts"] = [d for d in subscription["discounts"] if d != discount_id]
    gone = account.get("discount", discount_id)
    gone["end"] = gone["end"] or account.clock.now()
    account.emit("customer.discount.deleted", gone)


def drop_ended(account: Account, subscription: Json, at: int) -> None:
    """End the repeating discounts whose months are over."""
    for discount_id in list(subscription["discounts"]):
        end = account.get("discount", discount_id)["end"]
        if end is not None and end <= at:
            drop(account, subscription, discount_id)


def net(account: Account, discount_ids: list[str], amounts: list[int]) -> list[int]:
    """Return the amounts less the discounts."""
    taken = in_turn(coupons_of(account, discount_ids), amounts)
    return [amount - sum(less[i] for less in taken) for i, amount in enumerate(amounts)]
