"""The hosted Checkout page: a form that a browser shows and a program can send.

`POST {session url}` takes the form fields `action` (`pay` or `cancel`), `payment_method` (a test
name), `email` and `name`; it answers 303 to the shop, 402 with the page when the card is declined.
"""

from html import escape

from sandbox.http import Request, Response, Route, html_response
from sandbox.stripe import checkout
from sandbox.stripe.account import Account
from sandbox.stripe.cards import PAYMENT_METHODS
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import Json

CLOSED = {
    "complete": (409, "This payment is complete", "Nothing more will be charged."),
    "expired": (410, "This payment page has expired", "Nothing was charged. Start again."),
}
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
        email, name = form.get("email") or session["customer_email"], form.get("name")
        if not email or not name:
            return _form(account, session, "Give an e-mail address and a name.", 400)
        try:
            checkout.pay(account, session, form.get("payment_method", ""), email, name)
        except StripeError as error:
            return _form(account, session, str(error), error.status)
        return go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def _find(account: Account, request: Request) -> Json | None:
    try:
        return account.get("checkout.session", request.parameters["id"])
    except StripeError:
        return None


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
    currency = session["currency"]
    rows = "".join(
        f"<tr><td>{escape(item['description'])} x {item['quantity']}</td>"
        f"<td>{money(item['amount_total'], currency)}</td></tr>"
        for item in account.included(session, "line_items")
    )
    options = "".join(
        f'<option value="{name}">{escape(method.label)} ({name})</option>'
        for name, method in PAYMENT_METHODS.items()
        if method.type in session["payment_method_types"]
    )
    total = money(session["amount_total"], currency)
    email = escape(session["customer_email"] or "")
    return document(
        f"Pay {total}",
        f"""
<p>Local test page: no money moves.</p>
<table><tbody>{rows}</tbody><tfoot><tr><td>Total</td><td>{total}</td></tr></tfoot></table>
{f'<p class="error" role="alert">{escape(error)}</p>' if error else ""}
<form method="post">
<label>E-mail
<input type="email" name="email" value="{email}" autocomplete="email" required></label>
<label>Name <input name="name" autocomplete="name" required></label>
<label>Payment method <select name="payment_method">{options}</select></label>
<button name="action" value="pay">Pay {total}</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</form>""",
        status,
    )


def money(cents: int, currency: str) -> str:
    """Return an amount for people."""
    return f"{cents // 100:,}.{cents % 100:02} {currency.upper()}"


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
