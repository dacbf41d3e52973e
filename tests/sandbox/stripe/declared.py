"""Whether an object has the fields that the SDK's own class declares."""

from collections.abc import Iterator
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import stripe

LEFT_OUT: dict[Any, str] = {
    stripe.Customer: (
        "cash_balance deleted individual_name invoice_credit_balance sources subscriptions tax "
        "tax_ids"
    ),
    stripe.Product: "deleted",
    stripe.Price: "currency_options deleted tiers",
    stripe.LineItem: "discounts taxes",
    stripe.Subscription: "presentment_details status_details",
    stripe.SubscriptionItem: "current_trial deleted",
    stripe.Invoice: "amount_paid_off_stripe confirmation_secret deleted payments status_details "
    "threshold_reason",
    stripe.Plan: "deleted tiers",
    stripe.Coupon: "applies_to currency_options deleted",
    stripe.Discount: "deleted",
    stripe.SetupIntent: "allowed_payment_method_types attach_to_self managed_payments",
    stripe.billing_portal.Session: "after_expiration",
    stripe.checkout.Session: (
        "allowed_payment_method_types excluded_payment_method_types line_items optional_items"
    ),
    stripe.PaymentIntent: "allowed_payment_method_types hooks managed_payments payment_details "
    "payment_record presentment_details",
    stripe.Charge: "authorization_code level3 presentment_details radar_options refunds transfer",
    stripe.Account: "company deleted groups individual",
    stripe.Balance: "connect_reserved instant_available issuing refund_and_dispute_prefunding",
    stripe.BankAccount: "customer deleted",
    stripe.Refund: "description failure_balance_transaction failure_reason instructions_email "
    "next_action pending_reason presentment_details",
}
"""Fields that Stripe leaves out until they apply or `expand` asks for them.

Of a PaymentMethod's many fields only the one named by its type is there.
"""


def problems(declared: Any, value: Any, path: str = "") -> Iterator[str]:
    """Yield where `value` differs from what the class declares."""
    hints = {n: h for n, h in declared.__annotations__.items() if get_origin(h) is not ClassVar}
    whole = hasattr(declared, "OBJECT_NAME") and declared is not stripe.PaymentMethod
    left_out = set(LEFT_OUT.get(declared, "").split())
    for name, hint in hints.items():
        here = f"{path or declared.__name__}.{name}"
        if name in value:
            yield from mismatches(hint, value[name], here)
        elif type(None) not in get_args(hint) or (whole and name not in left_out):
            yield f"{here} is missing"
    for name in value:
        if name not in hints:
            yield f"{path or declared.__name__}.{name} is unknown"


def mismatches(hint: Any, value: Any, path: str) -> Iterator[str]:
    """Yield where `value` is not of the annotated type."""
    options = get_args(hint) if get_origin(hint) is Union else (hint,)
    options = tuple(resolved for option in options for resolved in resolve(option))
    if value is None:
        if type(None) not in options:
            yield f"{path} is null"
    elif isinstance(value, dict):
        yield from object_mismatches(options, value, path)
    elif isinstance(value, list):
        (items,) = [o for o in options if get_origin(o) is list]
        for index, item in enumerate(value):
            yield from mismatches(get_args(items)[0], item, f"{path}[{index}]")
    elif not any(accepts(option, value) for option in options):
        yield f"{path} is {value!r}"


def object_mismatches(options: tuple[Any, ...], value: Any, path: str) -> Iterator[str]:
    if lists := [o for o in options if get_origin(o) is stripe.ListObject]:
        for index, item in enumerate(value["data"]):
            yield from mismatches(get_args(lists[0])[0], item, f"{path}[{index}]")
    else:
        classes = [o for o in options if isinstance(o, type) and issubclass(o, stripe.StripeObject)]
        same = [c for c in classes if getattr(c, "OBJECT_NAME", None) == value.get("object")]
        if not classes and not any("StripeObject" in str(o) for o in options):
            yield f"{path} is an object"
        for declared in (same or classes)[:1]:
            yield from problems(declared, value, path)


def resolve(option: Any) -> Iterator[Any]:
    """Yield the classes behind forward references and unions."""
    if isinstance(option, ForwardRef):
        yield getattr(stripe, option.__forward_arg__, option)
    elif isinstance(option, str):
        yield getattr(stripe, option, option)
    elif get_origin(option) is Union:
        yield from (r for inner in get_args(option) for r in resolve(inner))
    else:
        yield option


def accepts(option: Any, value: Any) -> bool:
    if get_origin(option) is Literal:
        return value in get_args(option)
    if option.__class__ is type and option.__name__ == "Decimal":
        return isinstance(value, str)
    return option is type(value)
