"""The customer portal: sessions that lead to its page, and what the page offers."""

from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.billing.changes import merged, recorded
from sandbox.stripe.errors import StripeError
from sandbox.stripe.objects import nulls
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    array,
    boolean,
    clearable,
    metadata,
    metadata_changes,
    one_of,
    optional,
    record,
    required,
    text,
    web_address,
)

SWITCH = optional(record({"enabled": required(boolean)}))
FEATURES: Schema = {
    "customer_update": optional(
        record({"enabled": optional(boolean), "allowed_updates": optional(clearable(array(text)))})
    ),
    "invoice_history": SWITCH,
    "payment_method_update": SWITCH,
    "subscription_cancel": optional(
        record(
            {
                "enabled": required(boolean),
                "mode": optional(one_of("at_period_end", "immediately")),
                "proration_behavior": optional(
                    one_of("always_invoice", "create_prorations", "none")
                ),
            }
        )
    ),
}
BUSINESS: Schema = {
    "headline": optional(text),
    "privacy_policy_url": optional(web_address),
    "terms_of_service_url": optional(web_address),
}
CONFIGURATION: Schema = EXPAND | {
    "business_profile": optional(record(BUSINESS)),
    "default_return_url": optional(web_address),
    "features": required(record(FEATURES)),
    "metadata": optional(metadata),
    "name": optional(text),
}
UPDATE_CONFIGURATION: Schema = CONFIGURATION | {
    "active": optional(boolean),
    "features": optional(record(FEATURES)),
    "metadata": optional(metadata_changes),
}
LIST_CONFIGURATIONS: Schema = PAGE | {
    "active": optional(boolean),
    "is_default": optional(boolean),
}
FLOW: Schema = {
    "after_completion": optional(
        record(
            {
                "redirect": optional(record({"return_url": required(web_address)})),
                "type": required(one_of("portal_homepage", "redirect")),
            }
        )
    ),
    "subscription_cancel": optional(record({"subscription": required(text)})),
    "type": required(one_of("payment_method_update", "subscription_cancel")),
}
SESSION: Schema = EXPAND | {
    "configuration": optional(text),
    "customer": required(text),
    "flow_data": optional(record(FLOW)),
    "locale": optional(text),
    "return_url": optional(web_address),
}
CONFIGURATIONS = "/v1/billing_portal/configurations"
KIND = "billing_portal.configuration"


def create_configuration(account: Account, params: Json, *, default: bool = False) -> Json:
    """Create a configuration: which parts of the portal there are."""
    at = account.clock.now()
    configuration = account.add(
        {
            "id": account.new_id("bpc_"),
            "object": KIND,
            "active": True,
            "application": None,
            "created": at,
            "default_return_url": params.get("default_return_url"),
            "business_profile": nulls("headline privacy_policy_url terms_of_service_url")
            | params.get("business_profile", {}),
            "features": _features(params["features"]),
            "is_default": default,
            "livemode": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": params.get("metadata", {}),
            "name": params.get("name"),
            "updated": at,
        }
    )
    account.emit(f"{KIND}.created", configuration)
    return configuration


def update_configuration(account: Account, configuration: Json, params: Json) -> Json:
    """Change a configuration.

    Raises:
        StripeError: the default one would be inactive.
    """
    if configuration["is_default"] and params.get("active") is False:
        raise StripeError("The default configuration cannot be deactivated.", param="active")
    with recorded(account, configuration):
        for name, feature in params.pop("features", {}).items():
            configuration["features"][name] |= feature
        configuration["business_profile"] |= params.pop("business_profile", {})
        changed = params.pop("metadata", {})
        configuration["metadata"] = merged(configuration["metadata"], changed)
        configuration |= params | {"updated": account.clock.now()}
    return configuration


def list_configurations(account: Account, params: Json) -> Json:
    """List configurations, newest first."""
    equal: dict[str, Any] = {n: params[n] for n in ("active", "is_default") if n in params}
    return account.page(CONFIGURATIONS, account.all(KIND, **equal), params)


def create_session(account: Account, params: Json) -> Json:
    """Let a customer into the portal by the answer's `url`.

    Raises:
        StripeError: something that it names does not exist or is switched off.
    """
    customer = account.get("customer", params["customer"], "customer")
    configuration = _configuration(account, params.get("configuration"))
    session_id = account.new_id("bps_")
    session = {
        "id": session_id,
        "object": "billing_portal.session",
        "configuration": configuration["id"],
        "created": account.clock.now(),
        "customer": customer["id"],
        "flow": _flow(account, customer, params["flow_data"]) if "flow_data" in params else None,
        "livemode": False,
        "locale": params.get("locale"),
        "return_url": params.get("return_url", configuration["default_return_url"]),
        "url": f"{account.base_url}/p/session/{session_id}",
        **nulls("customer_account on_behalf_of"),
    }
    account.emit("billing_portal.session.created", account.add(session))
    return session


def _configuration(account: Account, wanted: str | None) -> Json:
    if wanted is not None:
        found = account.get(KIND, wanted, "configuration")
        if not found["active"]:
            raise StripeError("This configuration is inactive.", param="configuration")
        return found
    default = account.all(KIND, is_default=True)
    return default[0] if default else create_configuration(account, {"features": {}}, default=True)


def _features(wanted: Json) -> Json:
    """Return every feature: those that are not mentioned are on by default, as in the dashboard."""
    given: Json = {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "options": []},
            "enabled": True,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_pause": {
            "duration": {"interval_options": [], "type": "indefinite"},
            "enabled": False,
        },
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "products": None,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }
    for name, feature in wanted.items():
        given[name] |= feature
    return given


def _flow(account: Account, customer: Json, data: Json) -> Json:
    """Return the one thing that a session is for.

    Raises:
        StripeError: the subscription is not the customer's.
    """
    kind = data["type"]
    if kind == "subscription_cancel":
        param = "flow_data[subscription_cancel][subscription]"
        wanted = data.get("subscription_cancel", {}).get("subscription", "")
        subscription = account.get("subscription", wanted, param)
        if subscription["customer"] != customer["id"]:
            raise StripeError("This is another customer's subscription.", param=param)
    after = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    flow = nulls(
        "customer_update subscription_cancel subscription_pause subscription_update "
        "subscription_update_confirm"
    )
    if kind == "subscription_cancel":
        flow["subscription_cancel"] = {"retention": None} | data["subscription_cancel"]
    return flow | {"after_completion": after | data.get("after_completion", {}), "type": kind}
