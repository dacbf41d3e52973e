"""The hosted Checkout page: a form that a browser shows and a program can send.

`POST {session url}` takes the form fields `action` (`pay`, `apply` or `cancel`), `payment_method`
(a test name), `email`, `name` and `promotion_code`; it answers 303 to the shop, 402 with the page
when the card is declined. In every mode it is `pay` that completes the session.
"""

from html import escape

from sandbox.http import Request, Response, Route, html_response
from sandbox.stripe.account import Account
from sandbox.stripe.cards import PAYMENT_METHODS
from sandbox.stripe.checkout import completion
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import Json

CLOSED = {
    "complete": (409, "This payment is complete", "Nothing more will be charged."),
    "expired": (410, "This payment page has expired", "Nothing was charged. Start again."),
}
_APPLY = '<button name="action" value="apply" formnovalidate>Apply code</button>'
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
table { width: 100%; border-collapse: collapse } td { padding: .3rem 0 }
td:last-child { text-align: right } tfoot td { border-top: 1px solid #999; font-weight: bold }
label { display: block; margin: .8rem 0 }
input, select { width: 100%; box-sizing: border-box; font: inherit }
button { font: inherit; padding: .4rem 1.2rem } .error { color: #a00 }
"""


def routes(account: Account) -> list[Route]:
    """Return the routes of the page."""
    return [
        Route("GET", "/c/pay/{id}", lambda request: _show(account, request)),
        Route("POST", "/c/pay/{id}", lambda request: _submit(account, request)),
    ]


def _show(account: Account, request: Request) -> Response:
    with account.lock:
        session = _find(account, request)
        return not_found() if session is None else _closed(session) or _form(account, session)


def _submit(account: Account, request: Request) -> Response:
    form = dict(request.form())
    with account.lock:
        session = _find(account, request)
        if session is None:
            return not_found()
        if (closed := _closed(session)) is not None:
            return closed
        if form.get("action") == "cancel":
            return go(session["cancel_url"] or session["success_url"])
        return _complete(account, session, form)


def _complete(account: Account, session: Json, form: dict[str, str]) -> Response:
    known = _customer(account, session)
    email = form.get("email") or session["customer_email"] or known.get("email")
    name = form.get("name") or known.get("name")
    try:
        if code := form.get("promotion_code"):
            completion.apply_code(account, session, code)
        if form.get("action") == "apply":
            return _form(account, session)
        if not email or not name:
            return _form(account, session, "Give an e-mail address and a name.", 400)
        submission = completion.Submission(form.get("payment_method", ""), email, name)
        completion.complete(account, session, submission)
    except StripeError as error:
        return _form(account, session, str(error), error.status)
    return go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def _find(account: Account, request: Request) -> Json | None:
    try:
        return account.get("checkout.session", request.parameters["id"])
    except StripeError:
        return None


def _customer(account: Account, session: Json) -> Json:
    if session["customer"] is None:
        return {}
    return account.deleted(session["customer"]) or account.get("customer", session["customer"])


def go(url: str) -> Response:
    """Send the browser elsewhere."""
    return Response(status=303, content_type="text/plain", headers={"Location": url})


def not_found() -> Response:
    """Return the page for addresses that lead nowhere."""
    return document("There is no such page", "", 404)


def _closed(session: Json) -> Response | None:
    if session["status"] == "open":
        return None
    status, title, text = CLOSED[session["status"]]
    return document(title, f"<p>{text}</p>", status)


def _form(account: Account, session: Json, error: str = "", status: int = 200) -> Response:
    saving = session["mode"] == "setup"
    total = "" if saving else money(session["amount_total"], session["currency"])
    verb = {"payment": f"Pay {total}", "setup": "Save", "subscription": "Subscribe"}[
        session["mode"]
    ]
    known = _customer(account, session)
    email = escape(session["customer_email"] or known.get("email") or "")
    code = '<label>Promotion code <input name="promotion_code"></label>'
    return document(
        "Save a payment method" if saving else verb,
        f"""
<p>Local test page: no money moves.</p>
{"" if saving else _items(account, session, total)}
{f'<p class="error" role="alert">{escape(error)}</p>' if error else ""}
<form method="post">
<label>E-mail
<input type="email" name="email" value="{email}" autocomplete="email" required></label>
<label>Name
<input name="name" value="{escape(known.get("name") or "")}" autocomplete="name" required></label>
{code if session["allow_promotion_codes"] else ""}
<label>Payment method {method_select(session["payment_method_types"])}</label>
<button name="action" value="pay">{verb}</button>
{_APPLY if session["allow_promotion_codes"] else ""}
<button name="action" value="cancel" formnovalidate>Cancel</button>
</form>""",
        status,
    )


def _items(account: Account, session: Json, total: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(item['description'])} x {item['quantity']}{_every(item['price'])}</td>"
        f"<td>{money(item['amount_subtotal'], session['currency'])}</td></tr>"
        for item in account.included(session, "line_items")
    )
    if off := session["total_details"]["amount_discount"]:
        rows += f"<tr><td>Discount</td><td>-{money(off, session['currency'])}</td></tr>"
    foot = f"<tfoot><tr><td>Total</td><td>{total}</td></tr></tfoot>"
    return f"<table><tbody>{rows}</tbody>{foot}</table>"


def _every(price: Json) -> str:
    if price["recurring"] is None:
        return ""
    count, interval = price["recurring"]["interval_count"], price["recurring"]["interval"]
    amount = money(price["unit_amount"], price["currency"])
    return f", {amount} every {interval if count == 1 else f'{count} {interval}s'}"


def method_select(types: list[str]) -> str:
    """Return the field in which a person chooses a test payment method."""
    options = "".join(
        f'<option value="{name}">{escape(method.label)} ({name})</option>'
        for name, method in PAYMENT_METHODS.items()
        if method.type in types
    )
    return f'<select name="payment_method">{options}</select>'


def money(cents: int, currency: str) -> str:
    """Return an amount for people."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02} {currency.upper()}"


def document(title: str, content: str, status: int) -> Response:
    """Return an HTML document around `content`."""
    return html_response(
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{STYLE}</style></head>
<body><main><h1>{title}</h1>{content}</main></body></html>
""",
        status,
    )
