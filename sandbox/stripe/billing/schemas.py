"""The parameters of subscriptions: begun, changed, ended, previewed, listed."""

from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Schema,
    array,
    boolean,
    clearable,
    integer,
    metadata,
    metadata_changes,
    moment_or,
    moments,
    natural,
    one_of,
    optional,
    record,
    required,
    text,
)

DISCOUNT: Schema = {"coupon": optional(text), "promotion_code": optional(text)}
PRORATION = optional(one_of("always_invoice", "create_prorations", "none"))
ITEM: Schema = {
    "metadata": optional(metadata),
    "price": required(text),
    "quantity": optional(natural),
}
TRIAL_SETTINGS: Schema = {
    "end_behavior": required(
        record({"missing_payment_method": required(one_of("cancel", "create_invoice", "pause"))})
    )
}
SHARED: Schema = EXPAND | {
    "cancel_at": optional(clearable(integer)),
    "cancel_at_period_end": optional(boolean),
    "default_payment_method": optional(text),
    "description": optional(text),
    "discounts": optional(clearable(array(record(DISCOUNT)))),
    "off_session": optional(boolean),
    "payment_settings": optional(
        record(
            {
                "payment_method_types": optional(array(one_of("card", "us_bank_account"))),
                "save_default_payment_method": optional(one_of("off", "on_subscription")),
            }
        )
    ),
    "proration_behavior": PRORATION,
    "trial_end": optional(moment_or("now")),
    "trial_settings": optional(record(TRIAL_SETTINGS)),
}
CREATE: Schema = SHARED | {
    "collection_method": optional(one_of("charge_automatically")),
    "currency": optional(text),
    "customer": required(text),
    "items": required(array(record(ITEM))),
    "metadata": optional(metadata),
    "payment_behavior": optional(
        one_of("allow_incomplete", "default_incomplete", "error_if_incomplete")
    ),
    "trial_period_days": optional(natural),
}
LIST: Schema = PAGE | {
    "created": optional(moments),
    "customer": optional(text),
    "price": optional(text),
    "status": optional(
        one_of(
            "active",
            "all",
            "canceled",
            "ended",
            "incomplete",
            "incomplete_expired",
            "past_due",
            "paused",
            "trialing",
            "unpaid",
        )
    ),
}
CHANGED_ITEM: Schema = {
    "deleted": optional(boolean),
    "id": optional(text),
    "metadata": optional(metadata_changes),
    "price": optional(text),
    "quantity": optional(natural),
}
FEEDBACK = one_of(
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
)
DETAILS: Schema = {"comment": optional(text), "feedback": optional(FEEDBACK)}
UPDATE: Schema = SHARED | {
    "cancellation_details": optional(record(DETAILS)),
    "items": optional(array(record(CHANGED_ITEM))),
    "metadata": optional(metadata_changes),
    "pause_collection": optional(
        clearable(
            record(
                {
                    "behavior": required(one_of("keep_as_draft", "mark_uncollectible", "void")),
                    "resumes_at": optional(integer),
                }
            )
        )
    ),
    "payment_behavior": optional(one_of("allow_incomplete", "error_if_incomplete")),
    "proration_date": optional(integer),
}
CANCEL: Schema = EXPAND | {
    "cancellation_details": optional(record(DETAILS)),
    "invoice_now": optional(boolean),
    "prorate": optional(boolean),
}
RESUME: Schema = EXPAND | {
    "billing_cycle_anchor": optional(one_of("now")),
    "proration_behavior": PRORATION,
}
PREVIEW: Schema = EXPAND | {
    "customer": optional(text),
    "subscription": optional(text),
    "subscription_details": optional(
        record(
            {
                "cancel_at_period_end": optional(boolean),
                "cancel_now": optional(boolean),
                "items": optional(array(record(CHANGED_ITEM))),
                "proration_behavior": PRORATION,
                "proration_date": optional(integer),
            }
        )
    ),
    "preview_mode": optional(one_of("next")),
}
