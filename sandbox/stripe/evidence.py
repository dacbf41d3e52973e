"""The evidence with which one responds to a dispute. Files are not supported here."""

from sandbox.stripe.objects import nulls
from sandbox.stripe.params import Json, Schema, optional, text

TEXTS = (
    "access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal "
    "customer_email_address customer_name customer_purchase_ip duplicate_charge_explanation "
    "duplicate_charge_id product_description refund_policy_disclosure "
    "refund_refusal_explanation service_date shipping_address shipping_carrier shipping_date "
    "shipping_tracking_number uncategorized_text"
)
FILES = (
    "cancellation_policy customer_communication customer_signature duplicate_charge_documentation "
    "receipt refund_policy service_documentation shipping_documentation uncategorized_file"
)
SCHEMA: Schema = dict.fromkeys(TEXTS.split(), optional(text))


def none() -> Json:
    """Return the evidence of a new dispute."""
    return {"enhanced_evidence": {}, **nulls(TEXTS), **nulls(FILES)}


def details(due_by: int) -> Json:
    """Return what a dispute to which nobody responded yet tells of its evidence."""
    return {
        "due_by": due_by,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
