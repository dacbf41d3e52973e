"""The hosted pages of Connect: completing an account, and a look at the Express dashboard.

An account link leads on to a page of its own address, `/setup/s/...`, whose form takes `action`
(`complete` or `leave`), `bank_account` (a test account number) and `outcome` (`verified`,
`pending` or `document`). It answers 303 to the platform's return address. A link that was used or
has expired answers 303 to the refresh address.
"""

from html import escape

from sandbox.http import Request, Response, Route
from sandbox.stripe import balance, banks, page
from sandbox.stripe.account import Account
from sandbox.stripe.connect import links, state

DOCUMENT = "individual.verification.document"
OUTCOMES = {
    "verified": "Everything is verified",
    "pending": "Stripe needs a day to verify",
    "document": "Stripe wants a document",
}


def routes(platform: Account) -> list[Route]:
    """Return the routes of the pages."""
    return [
        Route("GET", "/setup/e/{token}", lambda request: _enter(platform, request)),
        Route("GET", "/setup/s/{token}", lambda request: _show(platform, request)),
        Route("POST", "/setup/s/{token}", lambda request: _submit(platform, request)),
        Route("GET", "/express/{token}", lambda request: _dashboard(platform, request)),
    ]


def complete(account: Account, number: str, outcome: str) -> None:
    """Let a person give what Stripe asks for, and Stripe find what `outcome` says."""
    bank = banks.open_bank_account(account, number)
    account.emit("account.external_account.created", bank)
    with state.changing(account) as thing:
        thing |= {"business_type": "individual", "details_submitted": True}
        thing["tos_acceptance"] = {"date": account.clock.now()}
        due = [DOCUMENT] if outcome == "document" else []
        thing["requirements"] |= {
            "current_deadline": None,
            "currently_due": due,
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [DOCUMENT] if outcome == "pending" else [],
        }
    if outcome == "pending":
        state.verify_later(account)


def _enter(platform: Account, request: Request) -> Response:
    with platform.lock:
        link, fresh = links.take(platform, request.parameters["token"])
        if link is None:
            return page.not_found()
        if not fresh:
            return page.go(link.refresh_url)
        session = platform.new_id("")
        platform.pages.onboarding[session] = link
        return page.go(f"{platform.base_url}/setup/s/{session}")


def _show(platform: Account, request: Request) -> Response:
    with platform.lock:
        link = platform.pages.onboarding.get(request.parameters["token"])
        return page.not_found() if link is None else _form(link.account)


def _submit(platform: Account, request: Request) -> Response:
    form = dict(request.form())
    with platform.lock:
        link = platform.pages.onboarding.get(request.parameters["token"])
        if link is None:
            return page.not_found()
        if form.get("action") == "leave":
            return page.go(link.return_url)
        number, outcome = form.get("bank_account", banks.WORKING), form.get("outcome", "verified")
        if number not in {banks.WORKING, *banks.FAILURES} or outcome not in OUTCOMES:
            return _form(link.account, "Choose one of the test accounts and outcomes.", 400)
        complete(link.account, number, outcome)
        del platform.pages.onboarding[request.parameters["token"]]
        return page.go(link.return_url)


def _form(account: Account, error: str = "", status: int = 200) -> Response:
    due = "".join(
        f"<li>{escape(name)}</li>" for name in state.of(account)["requirements"]["currently_due"]
    )
    numbers = "".join(
        f'<option value="{number}">{number} ({label})</option>'
        for number, label in {banks.WORKING: "payouts succeed", **banks.FAILURES}.items()
    )
    outcomes = "".join(f'<option value="{o}">{label}</option>' for o, label in OUTCOMES.items())
    return page.document(
        "Get paid",
        f"""
<p>Local test page: nobody is asked for anything real. Stripe still wants to know:</p>
<ul>{due}</ul>
{f'<p class="error" role="alert">{escape(error)}</p>' if error else ""}
<form method="post">
<label>Bank account <select name="bank_account">{numbers}</select></label>
<label>What Stripe finds <select name="outcome">{outcomes}</select></label>
<button name="action" value="complete">Submit</button>
<button name="action" value="leave" formnovalidate>Save for later</button>
</form>""",
        status,
    )


def _dashboard(platform: Account, request: Request) -> Response:
    with platform.lock:
        link, fresh = links.take(platform, request.parameters["token"])
        if link is None or not fresh:
            return page.not_found()
        parts = balance.retrieve(link.account, {})
        rows = "".join(
            f"<tr><td>{part}</td><td>{page.money(each['amount'], each['currency'])}</td></tr>"
            for part in ("available", "pending")
            for each in parts[part]
        )
        return page.document("Your balance", f"<table><tbody>{rows}</tbody></table>", 200)
