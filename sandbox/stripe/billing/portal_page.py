"""The pages of billing: the customer portal, and an invoice to look at and to pay.

`POST {portal url}` takes the form fields `action` (`cancel`, `resume` or `change_card`),
`subscription` and `payment_method` (a test name); it answers 303 to where it came from, 402 with
the page when the card is refused. `POST {hosted_invoice_url}` takes `payment_method` and pays.
"""

from collections.abc import Callable
from html import escape

from sandbox.http import Request, Response, Route
from sandbox.stripe import page, payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.billing import collection, portal, states, updates
from sandbox.stripe.billing.changes import recorded
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import Json

CARD = ["card"]


type Answer = Callable[[Account, Json, dict[str, str]], Response]


def routes(account: Account) -> list[Route]:
    """Return the routes of the pages."""

    def route(method: str, path: str, kind: str, answer: Answer) -> Route:
        return Route(method, path, lambda request: _serve(account, request, kind, answer))

    return [
        route("GET", "/p/session/{id}", "billing_portal.session", _show),
        route("POST", "/p/session/{id}", "billing_portal.session", _act),
        route("GET", "/i/{id}", "invoice", _show_invoice),
        route("POST", "/i/{id}", "invoice", _pay),
        route("GET", "/i/{id}/pdf", "invoice", _show_invoice),
    ]


def _serve(account: Account, request: Request, kind: str, answer: Answer) -> Response:
    with account.lock:
        try:
            thing = account.get(kind, request.parameters["id"])
            account.get("customer", thing["customer"])
        except StripeError:
            return page.not_found()
        return answer(account, thing, dict(request.form()) if request.method == "POST" else {})


def _show(account: Account, session: Json, _: dict[str, str]) -> Response:
    return _portal(account, session)


def _act(account: Account, session: Json, form: dict[str, str]) -> Response:
    features = account.get(portal.KIND, session["configuration"])["features"]
    try:
        match form.get("action"):
            case "cancel" if features["subscription_cancel"]["enabled"]:
                _cancel(account, _own(account, session, form), features["subscription_cancel"])
            case "resume":
                subscription = _own(account, session, form)
                updates.update(account, subscription, {"cancel_at_period_end": False})
            case "change_card" if features["payment_method_update"]["enabled"]:
                _change_card(account, session, form.get("payment_method", ""))
            case _:
                return _portal(account, session, "This is not offered.", 400)
    except StripeError as error:
        return _portal(account, session, str(error), error.status)
    flow = session["flow"]
    if flow is not None and flow["after_completion"]["type"] == "redirect":
        return page.go(flow["after_completion"]["redirect"]["return_url"])
    return page.go(session["url"])


def _own(account: Account, session: Json, form: dict[str, str]) -> Json:
    subscription = account.get("subscription", form.get("subscription", ""), "subscription")
    if subscription["customer"] != session["customer"]:
        raise StripeError("There is no such subscription.", status=404)
    return subscription


def _cancel(account: Account, subscription: Json, feature: Json) -> None:
    subscription["cancellation_details"] |= {"reason": "cancellation_requested"}
    if feature["mode"] == "at_period_end":
        updates.update(account, subscription, {"cancel_at_period_end": True})
        return
    behavior = feature["proration_behavior"]
    credit = {"prorate": behavior != "none", "invoice_now": behavior == "always_invoice"}
    updates.cancel(account, subscription, credit)


def _change_card(account: Account, session: Json, name: str) -> None:
    """Save a card and let it pay for everything from now on."""
    saved = payment_methods.attach(account, name, {"customer": session["customer"]})
    customer = account.get("customer", session["customer"])
    with recorded(account, customer):
        customer["invoice_settings"]["default_payment_method"] = saved["id"]
    for subscription in account.all("subscription", customer=customer["id"]):
        own = subscription["default_payment_method"]
        if own is not None and subscription["status"] not in states.ENDED:
            with recorded(account, subscription):
                subscription["default_payment_method"] = saved["id"]


def _portal(account: Account, session: Json, error: str = "", status: int = 200) -> Response:
    things = account.all("subscription", customer=session["customer"])
    subscriptions = "".join(
        _subscription(account, thing) for thing in things if thing["status"] not in states.ENDED
    )
    invoices = "".join(
        f'<li><a href="{invoice["hosted_invoice_url"]}">{invoice["number"]}</a>: '
        f"{page.money(invoice['total'], invoice['currency'])}, {invoice['status']}</li>"
        for invoice in account.all("invoice", customer=session["customer"])
        if invoice["number"] is not None
    )
    back = session["return_url"]
    return page.document(
        "Your subscriptions",
        f"""
<p>Local test page: no money moves.</p>
{_alert(error)}
{subscriptions or "<p>There is none.</p>"}
<h2>Payment method</h2>
<form method="post"><label>New card {page.method_select(CARD)}</label>
<button name="action" value="change_card">Use this card</button></form>
<h2>Invoices</h2><ul>{invoices}</ul>
{f'<p><a href="{escape(back)}">Back</a></p>' if back else ""}""",
        status,
    )


def _subscription(account: Account, subscription: Json) -> str:
    names = ", ".join(
        f"{account.get('product', item['price']['product'])['name']} x {item['quantity']}"
        for item in states.items_of(subscription)
    )
    ends = subscription["cancel_at"] is not None
    action, verb = ("resume", "Keep it after all") if ends else ("cancel", "Cancel")
    return f"""<form method="post"><p>{escape(names)}: {subscription["status"]}
{", is going to end" if ends else ""}</p>
<input type="hidden" name="subscription" value="{subscription["id"]}">
<button name="action" value="{action}">{verb}</button></form>"""


def _show_invoice(account: Account, invoice: Json, _: dict[str, str]) -> Response:
    return _invoice(account, invoice)


def _pay(account: Account, invoice: Json, form: dict[str, str]) -> Response:
    name = form.get("payment_method", "")
    try:
        payment_methods.resolve(account, name, CARD, invoice["customer"])
        collection.pay(account, invoice, {"payment_method": name})
    except StripeError as error:
        return _invoice(account, invoice, str(error), error.status)
    return page.go(invoice["hosted_invoice_url"])


def _invoice(account: Account, invoice: Json, error: str = "", status: int = 200) -> Response:
    if invoice["number"] is None:
        return page.not_found()
    currency = invoice["currency"]
    rows = "".join(
        f"<tr><td>{escape(line['description'])}</td>"
        f"<td>{page.money(line['amount'], currency)}</td></tr>"
        for line in invoice["lines"]["data"]
    )
    off = sum(taken["amount"] for taken in invoice["total_discount_amounts"])
    if off:
        rows += f"<tr><td>Discount</td><td>{page.money(-off, currency)}</td></tr>"
    form = f"""<form method="post"><label>Payment method {page.method_select(CARD)}</label>
<button>Pay</button></form>"""
    customer = account.get("customer", invoice["customer"])
    return page.document(
        f"Invoice {invoice['number']}",
        f"""
<p>Local test page: no money moves.</p>
<p>For {escape(customer["name"] or customer["email"] or customer["id"])}: {invoice["status"]}</p>
<table><tbody>{rows}</tbody>
<tfoot><tr><td>Total</td><td>{page.money(invoice["total"], currency)}</td></tr></tfoot></table>
{_alert(error)}
{form if invoice["status"] in ("open", "uncollectible") else ""}""",
        status,
    )


def _alert(error: str) -> str:
    return f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
