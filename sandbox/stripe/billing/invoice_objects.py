"""Invoices and their parts as they are when new. Changes happen where the operations are."""

from sandbox.stripe.billing.objects import SELF
from sandbox.stripe.objects import nulls
from sandbox.stripe.params import Json


def invoice(invoice_id: str, at: int, customer: Json, fields: Json) -> Json:
    """Return a draft; `fields` name its currency, lines, totals and periods."""
    return {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Sandbox",
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {"enabled": False, **nulls("disabled_reason liability provider status")},
        "collection_method": "charge_automatically",
        "created": at,
        "customer": customer["id"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": SELF,
        "livemode": False,
        "metadata": {},
        "payment_settings": nulls("default_mandate payment_method_options payment_method_types"),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": customer["balance"],
        "status": "draft",
        "status_transitions": nulls("finalized_at marked_uncollectible_at paid_at voided_at"),
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        **{f"customer_{name}": customer[name] for name in ("address", "email", "name", "phone")},
        "customer_shipping": customer["shipping"],
        **nulls(
            "account_tax_ids application automatically_finalizes_at custom_fields "
            "customer_account default_payment_method default_source description due_date "
            "effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf "
            "last_finalization_error latest_revision next_payment_attempt number on_behalf_of "
            "parent receipt_number rendering shipping_cost shipping_details "
            "statement_descriptor test_clock webhooks_delivered_at"
        ),
        **fields,
    }


def invoice_line(line_id: str, item: Json, amount: int, period: tuple[int, int], text: str) -> Json:
    """Return a line for a subscription's item over a period."""
    price = item["price"]
    return {
        "id": line_id,
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": text,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": period[1], "start": period[0]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
    }


def invoice_payment(payment_id: str, at: int, invoice: Json, intent_id: str) -> Json:
    """Return how an invoice is to be paid by a PaymentIntent."""
    return {
        "id": payment_id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": at,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "open",
        "status_transitions": nulls("canceled_at paid_at"),
    }
