"""Billing's objects as they are when new. Changes happen where the operations are."""

from sandbox.stripe.objects import nulls
from sandbox.stripe.params import Json

SELF: Json = {"type": "self"}


def setup_intent(intent_id: str, at: int, fields: Json) -> Json:
    """Return an intent that waits for a payment method to save."""
    return {
        "id": intent_id,
        "object": "setup_intent",
        "client_secret": f"{intent_id}_secret_sandbox",
        "created": at,
        "livemode": False,
        "metadata": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
        **nulls(
            "application automatic_payment_methods cancellation_reason customer customer_account "
            "description excluded_payment_method_types flow_directions last_setup_error "
            "latest_attempt mandate next_action on_behalf_of payment_method "
            "payment_method_configuration_details payment_method_options single_use_mandate"
        ),
        **fields,
    }


def coupon(coupon_id: str, at: int, fields: Json) -> Json:
    """Return a coupon; `fields` name its duration and what is off."""
    return {
        "id": coupon_id,
        "object": "coupon",
        "created": at,
        "livemode": False,
        "metadata": {},
        "times_redeemed": 0,
        "valid": True,
        **nulls(
            "amount_off currency duration_in_months max_redemptions name percent_off redeem_by"
        ),
        **fields,
    }


def promotion_code(code_id: str, at: int, fields: Json) -> Json:
    """Return a code that customers type; `fields` name the code and the promotion."""
    return {
        "id": code_id,
        "object": "promotion_code",
        "active": True,
        "created": at,
        "livemode": False,
        "metadata": {},
        "restrictions": {
            "first_time_transaction": False,
            **nulls("minimum_amount minimum_amount_currency"),
        },
        "times_redeemed": 0,
        **nulls("customer customer_account expires_at max_redemptions"),
        **fields,
    }


def discount(discount_id: str, at: int, coupon_id: str, fields: Json) -> Json:
    """Return a coupon in use."""
    return {
        "id": discount_id,
        "object": "discount",
        "source": {"coupon": coupon_id, "type": "coupon"},
        "start": at,
        **nulls(
            "checkout_session customer customer_account end invoice invoice_item promotion_code "
            "subscription subscription_item"
        ),
        **fields,
    }


def listed(url: str, things: list[Json]) -> Json:
    """Return a list that is part of an object, whole."""
    return {
        "object": "list",
        "data": things,
        "has_more": False,
        "total_count": len(things),
        "url": url,
    }


def subscription_item(item_id: str, at: int, price: Json, fields: Json) -> Json:
    """Return an item; `fields` name its subscription, quantity and period."""
    recurring = price["recurring"]
    return {
        "id": item_id,
        "object": "subscription_item",
        "created": at,
        "discounts": [],
        "metadata": {},
        "plan": {
            "id": price["id"],
            "object": "plan",
            "active": price["active"],
            "amount": price["unit_amount"],
            "amount_decimal": str(price["unit_amount"]),
            "billing_scheme": "per_unit",
            "created": price["created"],
            "currency": price["currency"],
            "interval": recurring["interval"],
            "interval_count": recurring["interval_count"],
            "livemode": False,
            "metadata": price["metadata"],
            "nickname": price["nickname"],
            "product": price["product"],
            "usage_type": "licensed",
            **nulls("meter tiers_mode transform_usage trial_period_days"),
        },
        "price": price,
        "tax_rates": [],
        **nulls("billed_until billing_thresholds"),
        **fields,
    }


def subscription(subscription_id: str, at: int, fields: Json) -> Json:
    """Return a subscription; `fields` name its customer, currency, items and anchor."""
    return {
        "id": subscription_id,
        "object": "subscription",
        "automatic_tax": {"enabled": False, **nulls("disabled_reason liability")},
        "billing_mode": {
            "type": "flexible",
            "flexible": {"proration_discounts": "included"},
            "updated_at": at,
        },
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": nulls("comment feedback reason"),
        "collection_method": "charge_automatically",
        "created": at,
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {"issuer": SELF, **nulls("account_tax_ids")},
        "livemode": False,
        "metadata": {},
        "payment_settings": {
            "save_default_payment_method": "off",
            **nulls("payment_method_options payment_method_types"),
        },
        "start_date": at,
        "status": "incomplete",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        **nulls(
            "application application_fee_percent billing_cycle_anchor_config billing_thresholds "
            "cancel_at canceled_at customer_account days_until_due default_payment_method "
            "default_source description ended_at latest_invoice managed_payments "
            "next_pending_invoice_item_invoice on_behalf_of pause_collection "
            "pending_invoice_item_interval pending_setup_intent pending_update schedule "
            "test_clock transfer_data trial_end trial_start"
        ),
        **fields,
    }
