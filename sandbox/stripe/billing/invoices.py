"""Invoices: what they are composed of, and how they are looked up."""

from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.billing import discounts, invoice_objects, objects
from sandbox.stripe.billing.changes import merged, recorded
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    boolean,
    metadata_changes,
    moments,
    one_of,
    optional,
    record,
    required,
    text,
)

LIST: Schema = PAGE | {
    "created": optional(moments),
    "customer": optional(text),
    "status": optional(one_of("draft", "open", "paid", "uncollectible", "void")),
    "subscription": optional(text),
}
UPDATE: Schema = EXPAND | {
    "auto_advance": optional(boolean),
    "description": optional(text),
    "metadata": optional(metadata_changes),
}
LIST_PAYMENTS: Schema = PAGE | {
    "created": optional(moments),
    "invoice": optional(text),
    "payment": optional(
        record(
            {
                "payment_intent": optional(text),
                "type": required(one_of("payment_intent")),
            }
        )
    ),
    "status": optional(one_of("canceled", "open", "paid")),
}

type Period = tuple[int, int]


def period_lines(account: Account, items: list[Json], period: Period) -> list[Json]:
    """Return the lines that charge items for a whole period."""
    lines = []
    for item in items:
        price, quantity = item["price"], item["quantity"]
        name = account.get("product", price["product"])["name"]
        text = f"{quantity} x {name}"
        line_id = account.new_id("il_")
        amount = price["unit_amount"] * quantity
        lines.append(invoice_objects.invoice_line(line_id, item, amount, period, text))
    return lines


def free_lines(account: Account, items: list[Json], period: Period) -> list[Json]:
    """Return the lines of a trial: each item for nothing."""
    lines = period_lines(account, items, period)
    for line in lines:
        line |= {
            "amount": 0,
            "subtotal": 0,
            "description": f"Trial period for {line['description']}",
        }
    return lines


def compose(
    account: Account, subscription: Json, lines: list[Json], reason: str, period: Period
) -> Json:
    """Return an invoice for a subscription, which need not be stored.

    Discounts are taken off the lines that are for a whole period; prorations are net already.
    """
    customer = account.get("customer", subscription["customer"])
    invoice_id = account.new_id("upcoming_in_" if reason == "upcoming" else "in_")
    used = subscription["discounts"]
    open_amounts = [line["amount"] if line["discountable"] else 0 for line in lines]
    taken = discounts.in_turn(discounts.coupons_of(account, used), open_amounts)
    for i, line in enumerate(lines):
        line["invoice"] = invoice_id
        if line["discountable"]:
            line["discount_amounts"] = [
                {"amount": less[i], "discount": d} for d, less in zip(used, taken, strict=True)
            ]
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal - sum(map(sum, taken))
    details = {
        "metadata": dict(subscription["metadata"]),
        "subscription": subscription["id"],
        "subscription_proration_date": None,
    }
    due = max(0, total + customer["balance"])
    fields = {
        "amount_due": due,
        "amount_remaining": due,
        "billing_reason": reason,
        "currency": subscription["currency"],
        "discounts": list(used),
        "lines": objects.listed(f"/v1/invoices/{invoice_id}/lines", lines),
        "parent": {
            "quote_details": None,
            "subscription_details": details,
            "type": "subscription_details",
        },
        "period_end": period[1],
        "period_start": period[0],
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_discount_amounts": [
            {"amount": sum(less), "discount": d} for d, less in zip(used, taken, strict=True)
        ],
        "total_excluding_tax": total,
    }
    return invoice_objects.invoice(invoice_id, account.clock.now(), customer, fields)


def draft(
    account: Account, subscription: Json, lines: list[Json], reason: str, period: Period
) -> Json:
    """Create a subscription's next invoice; it uses up the discounts that are for one invoice.

    The caller records the change of the subscription.
    """
    discounts.drop_ended(account, subscription, account.clock.now())
    made = account.add(compose(account, subscription, lines, reason, period))
    account.include(made, "payments", [])
    account.include(made, "confirmation_secret", None)
    for line in lines:
        if line["discountable"]:
            item = line["parent"]["subscription_item_details"]["subscription_item"]
            less = sum(taken["amount"] for taken in line["discount_amounts"])
            account.billing.billed[item] = line["amount"] - less
    account.emit("invoice.created", made)
    subscription["latest_invoice"] = made["id"]
    if made["subtotal"] > 0:
        for discount_id in made["discounts"]:
            coupon = account.included(account.get("discount", discount_id), "coupon")
            if coupon["duration"] == "once":
                discounts.drop(account, subscription, discount_id)
    return made


def of_subscription(account: Account, subscription: Json, *statuses: str) -> list[Json]:
    """Return a subscription's invoices in these states, newest first."""
    return [
        invoice
        for invoice in account.all("invoice")
        if subscription_id(invoice) == subscription["id"] and invoice["status"] in statuses
    ]


def subscription_id(invoice: Json) -> str:
    """Return the subscription that an invoice is for."""
    return str(invoice["parent"]["subscription_details"]["subscription"])


def update(account: Account, invoice: Json, params: Json) -> Json:
    """Change the metadata, the description or whether Stripe collects it by itself."""
    with recorded(account, invoice):
        invoice |= params | {"metadata": merged(invoice["metadata"], params.get("metadata", {}))}
    return invoice


def list_invoices(account: Account, params: Json) -> Json:
    """List invoices, newest first."""
    equal = {name: params[name] for name in ("customer", "status") if name in params}
    things = account.all("invoice", **equal)
    if "subscription" in params:
        things = [i for i in things if subscription_id(i) == params["subscription"]]
    return account.page("/v1/invoices", things, params)


def list_lines(account: Account, invoice: Json, params: Json) -> Json:
    """List what an invoice charges."""
    lines = invoice["lines"]
    return account.page(lines["url"], lines["data"], params)


def list_payments(account: Account, params: Json) -> Json:
    """List by which PaymentIntents invoices are paid, newest first."""
    equal: dict[str, Any] = {n: params[n] for n in ("invoice", "status") if n in params}
    things = account.all("invoice_payment", **equal)
    if (intent := params.get("payment", {}).get("payment_intent")) is not None:
        things = [p for p in things if p["payment"]["payment_intent"] == intent]
    return account.page("/v1/invoice_payments", things, params)
