"""Stripe's objects as they are when new. Changes happen where the operations are."""

from sandbox.stripe.cards import PaymentMethod
from sandbox.stripe.params import Json


def nulls(names: str) -> Json:
    """Return these fields, all null."""
    return dict.fromkeys(names.split())


def customer(customer_id: str, at: int, fields: Json) -> Json:
    """Return a customer."""
    return {
        "id": customer_id,
        "object": "customer",
        "created": at,
        "livemode": False,
        "balance": 0,
        "delinquent": False,
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": nulls("custom_fields default_payment_method footer rendering_options"),
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
        **nulls(
            "address business_name currency customer_account default_source description discount "
            "email individual_name name phone shipping test_clock"
        ),
        **fields,
    }


def product(product_id: str, at: int, fields: Json) -> Json:
    """Return a product."""
    return {
        "id": product_id,
        "object": "product",
        "active": True,
        "created": at,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "type": "service",
        "updated": at,
        **nulls(
            "default_price description package_dimensions shippable statement_descriptor tax_code "
            "tax_details unit_label url"
        ),
        **fields,
    }


def price(price_id: str, at: int, fields: Json) -> Json:
    """Return a price; `fields` name the product, the currency and the unit amount."""
    return {
        "id": price_id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": at,
        "livemode": False,
        "metadata": {},
        "tax_behavior": "unspecified",
        "type": "recurring" if "recurring" in fields else "one_time",
        "unit_amount_decimal": str(fields["unit_amount"]),
        **nulls("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
        **fields,
    }


def line_item(item_id: str, price: Json, description: str, quantity: int) -> Json:
    """Return one line of a Checkout session."""
    amount = price["unit_amount"] * quantity
    return {
        "id": item_id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": description,
        "metadata": {},
        "price": price,
        "quantity": quantity,
        **nulls("adjustable_quantity"),
    }


def checkout_session(session_id: str, at: int, amount: int, fields: Json) -> Json:
    """Return an open session in mode `payment` on the hosted page."""
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, **nulls("liability provider status")},
        "created": at,
        "custom_fields": [],
        "custom_text": nulls("after_submit shipping_address submit terms_of_service_acceptance"),
        "customer_creation": "if_required",
        "livemode": False,
        "metadata": {},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        **nulls(
            "after_expiration allow_promotion_codes billing_address_collection branding_settings "
            "cancel_url client_reference_id client_secret collected_information consent "
            "consent_collection currency_conversion customer customer_account customer_details "
            "customer_email discounts integration_identifier invoice invoice_creation locale "
            "managed_payments name_collection origin_context payment_intent payment_link "
            "payment_method_configuration_details permissions presentment_details recovered_from "
            "redirect_on_completion return_url saved_payment_method_options setup_intent "
            "shipping_address_collection shipping_cost submit_type subscription success_url "
            "tax_id_collection wallet_options"
        ),
        **fields,
    }


def payment_method(method_id: str, at: int, method: PaymentMethod, billing: Json) -> Json:
    """Return the payment method that a test name stands for."""
    return {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "created": at,
        "livemode": False,
        "metadata": {},
        "type": method.type,
        method.type: method.details(),
        **nulls("customer customer_account"),
    }


def payment_intent(intent_id: str, at: int, fields: Json) -> Json:
    """Return an intent that waits for a payment method; `fields` name amount and currency."""
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": at,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card", "us_bank_account"],
        "status": "requires_payment_method",
        **nulls(
            "application application_fee_amount automatic_payment_methods canceled_at "
            "cancellation_reason customer customer_account description "
            "excluded_payment_method_types last_payment_error latest_charge next_action "
            "on_behalf_of payment_method payment_method_configuration_details processing "
            "receipt_email review setup_future_usage shipping source statement_descriptor "
            "statement_descriptor_suffix transfer_data transfer_group"
        ),
        **fields,
    }


def charge(charge_id: str, at: int, intent: Json, method: PaymentMethod, billing: Json) -> Json:
    """Return a charge for an intent, not yet decided."""
    copied = (
        "amount currency customer description payment_method receipt_email shipping "
        "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
    )
    return {
        "id": charge_id,
        "object": "charge",
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": billing,
        "calculated_statement_descriptor": "SANDBOX",
        "captured": False,
        "created": at,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method_details": {"type": method.type, method.type: method.details()},
        "refunded": False,
        "status": "pending",
        **nulls(
            "application application_fee application_fee_amount balance_transaction "
            "failure_balance_transaction failure_code failure_message on_behalf_of outcome "
            "receipt_number receipt_url review source source_transfer"
        ),
        **{name: intent[name] for name in copied.split()},
    }


def refund(refund_id: str, at: int, charge: Json, amount: int, fields: Json) -> Json:
    """Return a refund of `amount` that is on its way."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": at,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {
            "type": "card",
            "card": {"type": "refund", "reference_status": "pending", "reference_type": "ref"},
        },
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "status": "pending",
        **nulls(
            "balance_transaction customer_account failure_balance_transaction reason "
            "receipt_number "
            "source_transfer_reversal transfer_reversal"
        ),
        **fields,
    }
