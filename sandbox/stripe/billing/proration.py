"""Proration: what a change in the middle of a period is worth, to the second."""

import copy
from dataclasses import dataclass

from sandbox.stripe.account import Account
from sandbox.stripe.billing import discounts, invoice_objects, invoices, objects, states
from sandbox.stripe.billing.changes import merged
from sandbox.stripe.billing.periods import next_boundary
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import Json


@dataclass(frozen=True)
class Plan:
    """What an update of a subscription would do.

    Attributes:
        items: after it.
        lines: what is charged and credited for it.
        restarts: a new period begins at once, because the interval is another one.
    """

    items: list[Json]
    lines: list[Json]
    restarts: bool


def recurring_of(price: Json) -> tuple[str, int]:
    """Return interval and count."""
    recurring = price["recurring"]
    return recurring["interval"], recurring["interval_count"]


def check_items(items: list[Json]) -> None:
    """Refuse items that cannot be on one subscription.

    Raises:
        StripeError: there is none, or intervals or currencies differ.
    """
    if not items:
        raise InvalidParameterError("A subscription needs an item.", param="items")
    if len({(recurring_of(item["price"]), item["price"]["currency"]) for item in items}) > 1:
        raise InvalidParameterError("All items need one interval and currency.", param="items")
    if len({item["price"]["id"] for item in items}) < len(items):
        raise InvalidParameterError("A price can be on one item only.", param="items")


def plan(account: Account, subscription: Json, wanted: list[Json], at: int, behavior: str) -> Plan:
    """Return what changing the items at a moment would do. Nothing changes.

    Raises:
        StripeError: an item or price does not exist or does not fit.
    """
    before = states.items_of(subscription)
    after = _changed(account, subscription, wanted)
    check_items(after)
    trial = subscription["status"] == "trialing"
    restarts = not trial and recurring_of(after[0]["price"]) != recurring_of(before[0]["price"])
    start, end = states.period_of(subscription)
    if trial or (behavior == "none" and not restarts):
        return Plan(after, [], restarts)
    at = min(max(at, start), end)
    left, whole = end - at, end - start
    lines = []
    old, new = ({item["id"]: item for item in items} for items in (before, after))
    if behavior != "none":
        for item in before:
            if restarts or differs(item, new.get(item["id"])):
                paid = account.billing.billed.get(item["id"], 0)
                amount = -discounts.part(paid, left, whole)
                lines.append(_line(account, item, amount, (at, end), "Unused time on"))
    if restarts:
        return Plan(after, lines + _first(account, after, at), restarts)
    for item, full in zip(after, net_amounts(account, subscription, after), strict=True):
        if differs(item, old.get(item["id"])):
            amount = discounts.part(full, left, whole)
            lines.append(_line(account, item, amount, (at, end), "Remaining time on"))
    return Plan(after, lines, restarts)


def unused(account: Account, subscription: Json, at: int) -> list[Json]:
    """Return the lines that credit what is left of the current period."""
    start, end = states.period_of(subscription)
    return [
        _line(
            account,
            item,
            -discounts.part(account.billing.billed.get(item["id"], 0), end - at, end - start),
            (at, end),
            "Unused time on",
        )
        for item in states.items_of(subscription)
    ]


def net_amounts(account: Account, subscription: Json, items: list[Json]) -> list[int]:
    """Return what each item costs for a whole period, less the subscription's discounts."""
    amounts = [item["price"]["unit_amount"] * item["quantity"] for item in items]
    return discounts.net(account, subscription["discounts"], amounts)


def new_item(account: Account, subscription: Json, sent: Json, price: Json) -> Json:
    """Return an item that is not yet on its subscription."""
    start, end = states.period_of(subscription) if subscription["items"]["data"] else (0, 0)
    fields = {
        "current_period_end": end,
        "current_period_start": start,
        "metadata": sent.get("metadata", {}),
        "quantity": sent.get("quantity", 1),
        "subscription": subscription["id"],
    }
    at = account.clock.now()
    return objects.subscription_item(account.new_id("si_"), at, price, fields)


def _changed(account: Account, subscription: Json, wanted: list[Json]) -> list[Json]:
    """Return copies of the items with the changes."""
    items = {item["id"]: copy.copy(item) for item in states.items_of(subscription)}
    for i, sent in enumerate(wanted):
        price = None if "price" not in sent else active_price(account, sent["price"], i)
        if "id" not in sent:
            if price is None:
                raise InvalidParameterError("Missing price.", param=f"items[{i}][price]")
            made = new_item(account, subscription, sent, price)
            items[made["id"]] = made
            continue
        item = items.get(sent["id"])
        if item is None:
            raise StripeError(
                f"No such subscription item: '{sent['id']}'",
                code="resource_missing",
                param=f"items[{i}][id]",
            )
        if sent.get("deleted"):
            del items[item["id"]]
            continue
        if price is not None:
            made = new_item(account, subscription, sent, price)
            item |= {"price": price, "plan": made["plan"]}
        item["quantity"] = sent.get("quantity", item["quantity"])
        item["metadata"] = merged(item["metadata"], sent.get("metadata", {}))
    return list(items.values())


def active_price(account: Account, price_id: str, i: int) -> Json:
    """Return a price that is sold.

    Raises:
        StripeError: it does not exist, does not recur, or is not sold any more.
    """
    price = account.get("price", price_id, f"items[{i}][price]")
    if price["recurring"] is None:
        raise InvalidParameterError(
            "The price specified is set to `type=one_time` but this field only accepts prices "
            "with `type=recurring`.",
            param=f"items[{i}][price]",
        )
    if not price["active"]:
        raise StripeError(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"items[{i}][price]",
        )
    return price


def differs(item: Json, other: Json | None) -> bool:
    """Tell whether an item costs something else than it did."""
    if other is None:
        return True
    return any(item[name] != other[name] for name in ("price", "quantity"))


def _first(account: Account, items: list[Json], at: int) -> list[Json]:
    end = next_boundary(at, items[0]["price"]["recurring"], at)
    return invoices.period_lines(account, items, (at, end))


def _line(account: Account, item: Json, amount: int, period: tuple[int, int], what: str) -> Json:
    name = account.get("product", item["price"]["product"])["name"]
    text = f"{what} {item['quantity']} x {name}"
    line = invoice_objects.invoice_line(account.new_id("il_"), item, amount, period, text)
    line["discountable"] = False
    line["parent"]["subscription_item_details"]["proration"] = True
    return line
