"""Connect's objects as they are when new."""

from sandbox.stripe.cards import PaymentMethod
from sandbox.stripe.objects import charge, nulls
from sandbox.stripe.params import Json

EXPRESS: Json = {
    "fees": {"payer": "application_express"},
    "is_controller": True,
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
    "type": "application",
}
"""The controller that `type=express` stands for."""

NOTHING_DUE: Json = {
    "alternatives": [],
    "current_deadline": None,
    "currently_due": [],
    "disabled_reason": None,
    "errors": [],
    "eventually_due": [],
    "past_due": [],
    "pending_verification": [],
}
BUSINESS_PROFILE = nulls(
    "annual_revenue estimated_worker_count mcc minority_owned_business_designation name "
    "product_description support_address support_email support_phone support_url url"
)


def account(account_id: str, at: int, due: list[str], fields: Json) -> Json:
    """Return an account of which all in `due` is still to be asked."""
    asked = {"currently_due": due, "eventually_due": due, "past_due": due}
    return {
        "id": account_id,
        "object": "account",
        "business_profile": dict(BUSINESS_PROFILE),
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "country": "US",
        "created": at,
        "default_currency": "usd",
        "details_submitted": False,
        "email": None,
        "external_accounts": {
            "object": "list",
            "url": f"/v1/accounts/{account_id}/external_accounts",
            "has_more": False,
            "data": [],
        },
        "future_requirements": dict(NOTHING_DUE),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": {**NOTHING_DUE, **asked, "disabled_reason": "requirements.past_due"},
        "settings": {
            "branding": nulls("icon logo primary_color secondary_color"),
            "card_issuing": {"tos_acceptance": nulls("date ip")},
            "card_payments": {
                "decline_on": {"avs_failure": False, "cvc_failure": False},
                **nulls(
                    "statement_descriptor_prefix statement_descriptor_prefix_kana "
                    "statement_descriptor_prefix_kanji"
                ),
            },
            "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
            "payments": nulls(
                "statement_descriptor statement_descriptor_kana statement_descriptor_kanji"
            ),
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
                "statement_descriptor": None,
            },
        },
        "tos_acceptance": nulls("date"),
        **fields,
    }


def transfer(transfer_id: str, at: int, fields: Json) -> Json:
    """Return a transfer; `fields` name amount, currency and destination."""
    return {
        "id": transfer_id,
        "object": "transfer",
        "amount_reversed": 0,
        "created": at,
        "livemode": False,
        "metadata": {},
        "reversals": {
            "object": "list",
            "url": f"/v1/transfers/{transfer_id}/reversals",
            "has_more": False,
            "data": [],
        },
        "reversed": False,
        "source_type": "card",
        **nulls(
            "balance_transaction description destination_payment source_transaction transfer_group"
        ),
        **fields,
    }


def reversal(reversal_id: str, at: int, transfer: Json, amount: int, metadata: Json) -> Json:
    """Return a reversal of part of a transfer."""
    return {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": amount,
        "created": at,
        "currency": transfer["currency"],
        "metadata": metadata,
        "transfer": transfer["id"],
        **nulls("balance_transaction destination_payment_refund source_refund"),
    }


def destination_payment(payment_id: str, at: int, transfer: Json) -> Json:
    """Return the charge as which a transfer arrives in the connected account."""
    intent = nulls(
        "id customer description payment_method receipt_email shipping statement_descriptor "
        "statement_descriptor_suffix transfer_data transfer_group"
    )
    intent |= {"amount": transfer["amount"], "currency": transfer["currency"], "metadata": {}}
    return charge(
        payment_id,
        at,
        intent,
        PaymentMethod("A transfer"),
        nulls("address email name phone tax_id"),
    ) | {
        "amount_captured": transfer["amount"],
        "captured": True,
        "paid": True,
        "payment_method_details": {"type": "stripe_account", "stripe_account": {}},
        "source_transfer": transfer["id"],
        "status": "succeeded",
    }
