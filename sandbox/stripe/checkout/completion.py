"""What happens when a customer submits the hosted page."""

from dataclasses import dataclass

from sandbox.stripe import catalog, charges, objects, payment_methods, payments
from sandbox.stripe.account import Account
from sandbox.stripe.billing import coupons, discounts, outcomes, setup_intents, subscriptions
from sandbox.stripe.cards import PaymentMethod
from sandbox.stripe.checkout import sessions
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import Json


@dataclass(frozen=True)
class Submission:
    """What the customer filled in.

    Attributes:
        method: a test name, or one of the customer's saved payment methods.
    """

    method: str
    email: str
    name: str

    def billing(self) -> Json:
        """Return the billing details."""
        address = objects.nulls("city country line1 line2 postal_code state")
        given = {"address": address, "email": self.email, "name": self.name}
        return payment_methods.NOBODY | given


def apply_code(account: Account, session: Json, typed: str) -> None:
    """Use the promotion code that a customer typed.

    Raises:
        StripeError: the session takes none, there is none like that, or it does not apply.
    """
    code = coupons.find_code(account, typed) if session["allow_promotion_codes"] else None
    if code is None:
        raise StripeError("This code is invalid.", code="resource_missing", param="promotion_code")
    sessions.price(account, session, [{"promotion_code": code["id"]}])


def complete(account: Account, session: Json, form: Submission) -> None:
    """Pay, subscribe or save, as the session's mode says.

    Raises:
        StripeError: the card is declined (402); the session stays open.
    """
    finish = {"payment": _pay, "setup": _save, "subscription": _subscribe}[session["mode"]]
    intent = finish(account, session, form)
    session |= {
        "customer_details": {
            "address": form.billing()["address"],
            "business_name": None,
            "email": form.email,
            "individual_name": None,
            "name": form.name,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "payment_status": _payment_status(intent),
        "status": "complete",
        "url": None,
    }
    account.emit("checkout.session.completed", session)
    if intent is not None and session["payment_status"] == "unpaid":
        account.clock.later(charges.DEBIT_SECONDS, lambda: _debited(account, session, intent))


def _payment_status(intent: Json | None) -> str:
    if intent is None:
        return "no_payment_required"
    return "paid" if intent["status"] == "succeeded" else "unpaid"


def _pay(account: Account, session: Json, form: Submission) -> Json | None:
    promotions = sessions.chosen(account, session, session["discounts"])
    fields = account.intent_fields[session["id"]]
    keeps = session["customer_creation"] == "always" or "setup_future_usage" in fields
    if not session["amount_total"]:
        _set_customer(account, session, form, wanted=keeps)
        _redeem(account, session, promotions)
        return None
    payments.check_amount(session["amount_total"], "line_items")
    method = _resolve(account, session, form)
    if method.decline is None or method.type != "card":
        _set_customer(account, session, form, wanted=keeps)
    if session["payment_intent"] is None:
        chosen = {name: session[name] for name in ("currency", "payment_method_types")}
        amount = {"amount": session["amount_total"]}
        session["payment_intent"] = payments.new(account, amount | chosen | fields)["id"]
    intent = account.get("payment_intent", session["payment_intent"])
    intent |= {"amount": session["amount_total"], "customer": session["customer"]}
    payments.pay(account, intent, form.method, form.billing())
    _redeem(account, session, promotions)
    return intent


def _save(account: Account, session: Json, form: Submission) -> None:
    intent = account.get("setup_intent", session["setup_intent"])
    payment_methods.check_saving(_resolve(account, session, form))
    _set_customer(account, session, form, wanted=session["customer_creation"] == "always")
    intent["customer"] = session["customer"]
    setup_intents.save_new(account, intent, form.method, form.billing())


def _subscribe(account: Account, session: Json, form: Submission) -> Json | None:
    sessions.chosen(account, session, session["discounts"])  # before anything is made
    free = not session["amount_total"] and session["payment_method_collection"] == "if_required"
    method = None
    if not free:
        card = _resolve(account, session, form)
        payment_methods.check_saving(card)
        if session["amount_total"] and card.type == "card":
            payment_methods.check_charging(card)
    _set_customer(account, session, form, wanted=True)
    if not free:
        method = payment_methods.use(account, form.method, form.billing())
        payment_methods.keep(account, method, session["customer"])
    items = account.included(session, "line_items")
    params = account.billing.checkout[session["id"]] | {
        "customer": session["customer"],
        "items": [{"price": item["price"], "quantity": item["quantity"]} for item in items],
        "discounts": [
            {name: value for name, value in names.items() if value is not None}
            for names in session["discounts"] or []
        ],
    }
    if method is not None:
        params["default_payment_method"] = method["id"]
    made = subscriptions.create(account, params)
    session |= {"invoice": made["latest_invoice"], "subscription": made["id"]}
    invoice = account.get("invoice", made["latest_invoice"])
    return outcomes.intent_of(account, invoice) if invoice["amount_due"] else None


def _resolve(account: Account, session: Json, form: Submission) -> PaymentMethod:
    types, customer = session["payment_method_types"], session["customer"]
    return payment_methods.resolve(account, form.method, types, customer)


def _set_customer(account: Account, session: Json, form: Submission, *, wanted: bool) -> None:
    if wanted and session["customer"] is None:
        fields = {"email": form.email, "name": form.name}
        session["customer"] = catalog.create_customer(account, fields)["id"]


def _redeem(account: Account, session: Json, promotions: list[coupons.Promotion]) -> None:
    where = {"checkout_session": session["id"], "customer": session["customer"]}
    for coupon, code in promotions:
        discounts.redeem(account, coupon, code, **where)


def _debited(account: Account, session: Json, intent: Json) -> None:
    if intent["status"] == "succeeded":
        session["payment_status"] = "paid"
        account.emit("checkout.session.async_payment_succeeded", session)
    else:
        account.emit("checkout.session.async_payment_failed", session)
