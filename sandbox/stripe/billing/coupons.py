"""Coupons and the promotion codes by which customers ask for them."""

import secrets

from sandbox.stripe.account import Account
from sandbox.stripe.billing import objects
from sandbox.stripe.billing.changes import merged, recorded
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    boolean,
    currency,
    decimal,
    integer,
    metadata,
    metadata_changes,
    moments,
    natural,
    one_of,
    optional,
    record,
    required,
    text,
)

COUPON: Schema = EXPAND | {
    "amount_off": optional(natural),
    "currency": optional(currency),
    "duration": optional(one_of("forever", "once", "repeating")),
    "duration_in_months": optional(natural),
    "id": optional(text),
    "max_redemptions": optional(natural),
    "metadata": optional(metadata),
    "name": optional(text),
    "percent_off": optional(decimal),
    "redeem_by": optional(integer),
}
UPDATE_COUPON: Schema = EXPAND | {"metadata": optional(metadata_changes), "name": optional(text)}
LIST_COUPONS: Schema = PAGE | {"created": optional(moments)}
CODE: Schema = EXPAND | {
    "active": optional(boolean),
    "code": optional(text),
    "customer": optional(text),
    "expires_at": optional(integer),
    "max_redemptions": optional(natural),
    "metadata": optional(metadata),
    "promotion": required(record({"coupon": required(text), "type": required(one_of("coupon"))})),
    "restrictions": optional(
        record(
            {
                "first_time_transaction": optional(boolean),
                "minimum_amount": optional(natural),
                "minimum_amount_currency": optional(currency),
            }
        )
    ),
}
UPDATE_CODE: Schema = EXPAND | {
    "active": optional(boolean),
    "metadata": optional(metadata_changes),
}
LIST_CODES: Schema = PAGE | {
    "active": optional(boolean),
    "code": optional(text),
    "coupon": optional(text),
    "created": optional(moments),
    "customer": optional(text),
}
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_CHARACTERS = 8
MAX_PERCENT = 100

type Promotion = tuple[Json, Json | None]
"""A coupon, and the promotion code by which it was asked for."""


def create(account: Account, params: Json) -> Json:
    """Create a coupon.

    Raises:
        InvalidParameterError: it is not clear what is off, or for how long.
    """
    if ("percent_off" in params) == ("amount_off" in params):
        raise InvalidParameterError("Send one of percent_off and amount_off.", param="percent_off")
    if not 0 < params.get("percent_off", MAX_PERCENT) <= MAX_PERCENT:
        raise InvalidParameterError("Invalid percent_off", param="percent_off")
    if ("amount_off" in params) != ("currency" in params):
        raise InvalidParameterError("amount_off needs a currency.", param="currency")
    duration = params.setdefault("duration", "once")
    if (duration == "repeating") != ("duration_in_months" in params):
        raise InvalidParameterError(
            "duration_in_months belongs to duration=repeating.", param="duration_in_months"
        )
    coupon_id = params.pop("id", None) or account.new_id("")[:CODE_CHARACTERS]
    if any(c["id"] == coupon_id for c in account.all("coupon")):
        raise StripeError("Coupon already exists.", code="resource_already_exists", param="id")
    at = account.clock.now()
    made = account.add(objects.coupon(coupon_id, at, params))
    account.emit("coupon.created", made)
    if "redeem_by" in params:
        account.clock.at(params["redeem_by"], lambda: made.update(valid=False))
    return made


def update(account: Account, thing: Json, params: Json) -> Json:
    """Change the name, the metadata or whether a code is active."""
    with recorded(account, thing):
        thing |= params | {"metadata": merged(thing["metadata"], params.get("metadata", {}))}
    return thing


def delete(account: Account, coupon: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Delete a coupon; discounts in use go on."""
    account.emit("coupon.deleted", coupon)
    return account.remove(coupon)


def list_coupons(account: Account, params: Json) -> Json:
    """List coupons, newest first."""
    return account.page("/v1/coupons", account.all("coupon"), params)


def create_code(account: Account, params: Json) -> Json:
    """Create a promotion code.

    Raises:
        StripeError: there is no such coupon, or the code is in use.
    """
    account.get("coupon", params["promotion"]["coupon"], "promotion[coupon]")
    if "customer" in params:
        account.get("customer", params["customer"], "customer")
    code = params.setdefault(
        "code", "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARACTERS))
    )
    if find_code(account, code) is not None:
        raise StripeError("An active promotion code with that code exists.", param="code")
    made = objects.promotion_code(account.new_id("promo_"), account.clock.now(), params)
    made["restrictions"] = {
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    } | params.get("restrictions", {})
    account.emit("promotion_code.created", account.add(made))
    if "expires_at" in params:
        account.clock.at(params["expires_at"], lambda: _expire(account, made))
    return made


def list_codes(account: Account, params: Json) -> Json:
    """List promotion codes, newest first."""
    equal = {name: params[name] for name in ("active", "customer") if name in params}
    codes = [
        code
        for code in account.all("promotion_code", **equal)
        if code["code"].lower() == str(params.get("code", code["code"])).lower()
        and code["promotion"]["coupon"] == params.get("coupon", code["promotion"]["coupon"])
    ]
    return account.page("/v1/promotion_codes", codes, params)


def find_code(account: Account, code: str) -> Json | None:
    """Return the active promotion code that a customer typed, in any case."""
    active = account.all("promotion_code", active=True)
    return next((found for found in active if found["code"].lower() == code.lower()), None)


def chosen(
    account: Account, wanted: list[Json], customer: str | None, cents: int, of: str
) -> list[Promotion]:
    """Return the coupons that parameters such as `discounts` name.

    Args:
        account: where they are.
        wanted: each names a coupon or a promotion code.
        customer: who gets them.
        cents: what they are taken off.
        of: the currency of that.

    Raises:
        StripeError: one does not exist or does not apply.
    """
    found: list[Promotion] = []
    for i, names in enumerate(wanted):
        if ("coupon" in names) == ("promotion_code" in names):
            raise InvalidParameterError(
                "Send a coupon or a promotion code.", param=f"discounts[{i}]"
            )
        code = None
        if "promotion_code" in names:
            param = f"discounts[{i}][promotion_code]"
            code = account.get("promotion_code", names["promotion_code"], param)
            check_code(account, code, customer, cents)
        coupon_id = names["coupon"] if code is None else code["promotion"]["coupon"]
        coupon = account.get("coupon", coupon_id, f"discounts[{i}][coupon]")
        if not coupon["valid"]:
            raise StripeError(f"Coupon {coupon['id']} is expired.", code="coupon_expired")
        if coupon["currency"] not in (None, of):
            raise StripeError(f"The coupon's currency is {coupon['currency']}, not {of}.")
        found.append((coupon, code))
    return found


def check_code(account: Account, code: Json, customer: str | None, cents: int) -> None:
    """Refuse a promotion code that does not apply.

    Raises:
        StripeError: it is used up or over, another customer's, for a larger order or for a first.
    """
    rules = code["restrictions"]
    if not code["active"]:
        raise StripeError(
            f"This promotion code ({code['id']}) is inactive.", param="promotion_code"
        )
    if code["customer"] not in (None, customer):
        raise StripeError("This promotion code is another customer's.", param="promotion_code")
    if cents < (rules["minimum_amount"] or 0):
        raise StripeError("The order is below the code's minimum.", param="promotion_code")
    paid = customer is not None and any(
        charge["paid"] for charge in account.all("charge", customer=customer)
    )
    if rules["first_time_transaction"] and paid:
        raise StripeError(
            "This promotion code is for a first payment only.", param="promotion_code"
        )


def _expire(account: Account, code: Json) -> None:
    if code["active"]:
        with recorded(account, code):
            code["active"] = False
