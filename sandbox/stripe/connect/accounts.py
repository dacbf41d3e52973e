"""Connected accounts: opened by the platform, completed by the people whose they are."""

from sandbox.stripe import balance
from sandbox.stripe.account import Account
from sandbox.stripe.connect import objects, state
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    boolean,
    metadata,
    moments,
    one_of,
    optional,
    record,
    required,
    text,
    web_address,
)

UPDATE: Schema = EXPAND | {
    "business_profile": optional(
        record(
            {
                "mcc": optional(text),
                "name": optional(text),
                "product_description": optional(text),
                "support_email": optional(text),
                "url": optional(web_address),
            }
        )
    ),
    "business_type": optional(one_of("company", "individual", "non_profit")),
    "capabilities": optional(
        record(
            dict.fromkeys(
                ("card_payments", "transfers"), optional(record({"requested": required(boolean)}))
            )
        )
    ),
    "email": optional(text),
    "metadata": optional(metadata),
    "settings": optional(
        record(
            {
                "payouts": optional(
                    record({"schedule": optional(record({"interval": one_of("daily", "manual")}))})
                )
            }
        )
    ),
}
CREATE: Schema = UPDATE | {
    "controller": optional(
        record(
            {
                "fees": optional(record({"payer": required(one_of("application"))})),
                "losses": optional(record({"payments": required(one_of("application"))})),
                "requirement_collection": optional(one_of("stripe")),
                "stripe_dashboard": optional(record({"type": required(one_of("express"))})),
            }
        )
    ),
    "country": optional(one_of("US")),
    "type": optional(one_of("express")),
}
LIST: Schema = PAGE | {"created": optional(moments)}


def find(platform: Account, account_id: str) -> Account:
    """Return a connected account.

    Raises:
        StripeError: there is none, or none of ours, which Stripe does not tell apart.
    """
    account = platform.connected.get(account_id)
    if account is None:
        raise StripeError(
            f"The provided key does not have access to account '{account_id}' (or that account "
            "does not exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return account


def create(platform: Account, params: Json) -> Json:
    """Open an Express account, of which next to nothing is known yet.

    Raises:
        InvalidParameterError: both `type` and `controller` say what kind of account it is, or none.
    """
    if ("type" in params) == ("controller" in params):
        raise InvalidParameterError("Send one of type and controller.", param="type")
    controller = dict(objects.EXPRESS)
    if "controller" in params:
        if params["controller"].get("stripe_dashboard") is None:
            raise InvalidParameterError(
                "Only accounts with the Express dashboard are supported here.",
                param="controller[stripe_dashboard][type]",
            )
        controller |= {"fees": {"payer": "application"}}
    kind = params.pop("type", "none")
    params.pop("controller", None)
    account = platform.connect(platform.new_id("acct_"))
    thing = objects.account(
        str(account.id),
        platform.clock.now(),
        list(state.AT_FIRST),
        {"controller": controller, "country": params.pop("country", "US"), "type": kind},
    )
    account.add(platform.add(thing))
    _change(thing, params)
    state.derive(account, thing)
    return thing


def retrieve(platform: Account, ids: dict[str, str], params: Json) -> Json:  # noqa: ARG001
    """Return a connected account."""
    return state.of(find(platform, ids["id"]))


def update(platform: Account, ids: dict[str, str], params: Json) -> Json:
    """Change what the platform may change."""
    with state.changing(find(platform, ids["id"])) as thing:
        _change(thing, params)
    return thing


def delete(platform: Account, ids: dict[str, str], params: Json) -> Json:  # noqa: ARG001
    """Close an account that has no money.

    Raises:
        StripeError: it has some.
    """
    account = find(platform, ids["id"])
    parts = balance.retrieve(account, {})
    if any(each["amount"] for each in parts["available"] + parts["pending"]):
        raise StripeError("This account has a balance that is not zero and cannot be deleted.")
    platform.disconnect(ids["id"])
    return {"id": ids["id"], "object": "account", "deleted": True}


def list_accounts(platform: Account, params: Json) -> Json:
    """List the connected accounts, newest first."""
    return platform.page("/v1/accounts", platform.all("account"), params)


def _change(thing: Json, params: Json) -> None:
    for name in ("business_profile", "metadata"):
        thing[name] = thing[name] | params.get(name, {})
    for name in ("business_type", "email"):
        thing[name] = params.get(name, thing[name])
    for name, wish in params.get("capabilities", {}).items():
        if wish["requested"]:
            thing["capabilities"].setdefault(name, "inactive")
        else:
            thing["capabilities"].pop(name, None)
    schedule = params.get("settings", {}).get("payouts", {}).get("schedule", {})
    thing["settings"]["payouts"]["schedule"] |= schedule
