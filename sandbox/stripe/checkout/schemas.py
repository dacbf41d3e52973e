"""The parameters of Checkout sessions."""

from sandbox.stripe import catalog
from sandbox.stripe.billing.schemas import DISCOUNT, TRIAL_SETTINGS
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Schema,
    array,
    boolean,
    currency,
    integer,
    metadata,
    moments,
    natural,
    one_of,
    optional,
    record,
    required,
    text,
    web_address,
)

PRICE_DATA: Schema = {
    "currency": required(currency),
    "product": optional(text),
    "product_data": optional(
        record(
            {
                "description": optional(text),
                "metadata": optional(metadata),
                "name": required(text),
            }
        )
    ),
    "recurring": optional(record(catalog.RECURRING)),
    "unit_amount": required(integer),
}
PAYMENT: Schema = {
    "description": optional(text),
    "metadata": optional(metadata),
    "receipt_email": optional(text),
    "setup_future_usage": optional(one_of("off_session", "on_session")),
    "transfer_group": optional(text),
}
SUBSCRIPTION: Schema = {
    "description": optional(text),
    "metadata": optional(metadata),
    "trial_end": optional(integer),
    "trial_period_days": optional(natural),
    "trial_settings": optional(record(TRIAL_SETTINGS)),
}
SETUP: Schema = {"description": optional(text), "metadata": optional(metadata)}
CREATE: Schema = EXPAND | {
    "allow_promotion_codes": optional(boolean),
    "cancel_url": optional(web_address),
    "client_reference_id": optional(text),
    "currency": optional(currency),
    "customer": optional(text),
    "customer_creation": optional(one_of("always", "if_required")),
    "customer_email": optional(text),
    "discounts": optional(array(record(DISCOUNT))),
    "expires_at": optional(integer),
    "line_items": optional(
        array(
            record(
                {
                    "price": optional(text),
                    "price_data": optional(record(PRICE_DATA)),
                    "quantity": required(natural),
                }
            )
        )
    ),
    "locale": optional(text),
    "metadata": optional(metadata),
    "mode": required(one_of("payment", "setup", "subscription")),
    "payment_intent_data": optional(record(PAYMENT)),
    "payment_method_collection": optional(one_of("always", "if_required")),
    "payment_method_types": optional(array(one_of("card", "us_bank_account"))),
    "setup_intent_data": optional(record(SETUP)),
    "submit_type": optional(one_of("auto", "book", "donate", "pay")),
    "subscription_data": optional(record(SUBSCRIPTION)),
    "success_url": required(web_address),
    "ui_mode": optional(one_of("hosted_page")),
}
LIST: Schema = PAGE | {
    "created": optional(moments),
    "customer": optional(text),
    "payment_intent": optional(text),
    "status": optional(one_of("open", "complete", "expired")),
    "subscription": optional(text),
}
ONLY_IN = {
    "payment_intent_data": {"payment"},
    "submit_type": {"payment"},
    "subscription_data": {"subscription"},
    "payment_method_collection": {"subscription"},
    "setup_intent_data": {"setup"},
    "currency": {"setup"},
    "customer_creation": {"payment", "setup"},
    "line_items": {"payment", "subscription"},
    "discounts": {"payment", "subscription"},
    "allow_promotion_codes": {"payment", "subscription"},
}
"""The modes in which a parameter has a meaning, where that is not all."""
