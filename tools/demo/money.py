"""Money: receipts, refunds, lost webhooks, monthly gifts and paid plans, against Stripe."""

import base64
import os
from pathlib import Path
from typing import Any

import requests

from tools.client import WebClient, function_url, new_key, pay, until
from tools.demo.giving import first_gift
from tools.demo.show import dollars, note, run_schedule, step, title

FILES = Path(".run/demo")
SECONDS = 60.0


def money(donor: WebClient) -> None:
    """Follow a gift's money: receipted, refunded, lost on its way and found; end a plan."""
    title("SecondWind: where a gift's money goes")
    receipted(donor)
    refunded(donor)
    lost_and_found(donor)
    monthly(donor)
    title("Evergrow360: a paid plan")
    subscribed(donor)


def receipted(donor: WebClient) -> None:
    """Get the receipt of the latest gift, as a file."""
    receipt = step(
        "receipts_list",
        lambda: until(lambda: first_receipt(donor)),
        lambda r: f"no. {r['number']}, {dollars(r['amountCents'])}",
    )
    step("receipts_get_pdf", lambda: save(donor, receipt["receiptId"]), str)


def refunded(donor: WebClient) -> None:
    """Refund a part at Stripe, as staff can on its dashboard, and watch everything follow."""
    intent = stripe("GET", "/v1/payment_intents")["data"][0]["id"]
    step(
        "refund $10.00 at Stripe",
        lambda: stripe("POST", "/v1/refunds", payment_intent=intent, amount=1000),
        lambda r: r["status"],
    )
    step(
        "donations_list",
        lambda: until(lambda: first_gift(donor, "partially_refunded")),
        lambda g: g["state"],
    )
    receipt = step(
        "receipts_list",
        lambda: until(lambda: corrected(first_receipt(donor))),
        lambda r: f"no. {r['number']}, version {r['version']}: {dollars(r['reversedCents'])} back",
    )
    step("receipts_get_pdf", lambda: save(donor, receipt["receiptId"]), str)
    step(
        "ledger_page",
        lambda: until(lambda: newest_entry("REFUND")),
        lambda e: f"#{e['index']} {e['kind']}",
    )


def lost_and_found(donor: WebClient) -> None:
    """Lose every webhook of a gift; the reconciliation finds what happened."""
    steer("webhook_url", url=None)
    note("Stripe's webhooks reach nobody from now on")
    checkout = donor.call(
        "donations_create_checkout",
        idempotencyKey=new_key(),
        items=[{"itemId": "docs", "quantity": 1}],
    )
    step("pay on the hosted page", lambda: pay(checkout["checkoutUrl"]).status_code)
    step("donations_list", lambda: donor.call("donations_list")["items"][0], lambda g: g["state"])
    steer("webhook_url", url=function_url("payments_stripe_webhook"))
    step("payments_reconcile_events", lambda: run_schedule("payments_reconcile_events"))
    step(
        "donations_list",
        lambda: until(lambda: first_gift(donor, "succeeded")),
        lambda g: g["state"],
    )


def monthly(donor: WebClient) -> None:
    """Start a monthly gift, and let a month pass at Stripe."""
    started = step(
        "donations_start_monthly",
        lambda: donor.call(
            "donations_start_monthly",
            idempotencyKey=new_key(),
            items=[{"itemId": "bus", "quantity": 1}],
            locale="en",
        ),
        lambda r: f"at {r['checkoutUrl']}",
    )
    step("pay on the hosted page", lambda: pay(started["checkoutUrl"]).status_code)
    note("Stripe's clock goes on by 32 days")
    until(lambda: monthly_gift(donor, "active"))
    steer("clock", advanceSeconds=32 * 24 * 3600)
    step(
        "donations_get_dashboard",
        lambda: until(lambda: given_times(donor, 4)),
        lambda d: (
            f"{d['totals'][0]['gifts']} gifts, {dollars(d['totals'][0]['netCents'])} net of refunds"
        ),
    )


def subscribed(person: WebClient) -> None:
    """See what was billed since Premium began, and let it end with what is paid for."""
    have = person.call("subscriptions_get")
    membership_id = have["items"][0]["membershipId"]
    step(
        "subscriptions_list_invoices",
        lambda: until(lambda: billed(person, membership_id)),
        lambda items: ", ".join(f"{i['number']} {dollars(i['totalCents'])}" for i in items),
    )
    step(
        "subscriptions_cancel",
        lambda: person.call(
            "subscriptions_cancel", idempotencyKey=new_key(), membershipId=membership_id
        ),
        lambda r: f"ends at {r['endsAt']}",
    )


def first_receipt(donor: WebClient) -> Any:
    """Return the donor's latest receipt, if there is one."""
    items = donor.call("receipts_list")["items"]
    return items[0] if items else None


def corrected(receipt: Any) -> Any:
    """Return a receipt once it was corrected."""
    return receipt if receipt and receipt["version"] > 1 else None


def newest_entry(kind: str) -> Any:
    """Return the newest entry of the ledger once it is of a kind."""
    items = WebClient().get("ledger_page")["items"]
    return items[0] if items and items[0]["kind"] == kind else None


def monthly_gift(donor: WebClient, state: str) -> Any:
    """Return the donor's monthly gift once it is in a state."""
    items = donor.call("donations_list_monthly")["items"]
    return items[0] if items and items[0]["state"] == state else None


def given_times(donor: WebClient, gifts: int) -> Any:
    """Return the donor's dashboard once it counts so many gifts."""
    dashboard = donor.call("donations_get_dashboard")
    totals = dashboard["totals"]
    return dashboard if totals and totals[0]["gifts"] >= gifts else None


def billed(person: WebClient, membership_id: str) -> Any:
    """Return the invoices of a membership once more than the trial was billed."""
    items = person.call("subscriptions_list_invoices", membershipId=membership_id)["items"]
    return items if any(invoice["totalCents"] for invoice in items) else None


def save(donor: WebClient, receipt_id: str) -> str:
    """Fetch a receipt and keep it where one can open it."""
    pdf = donor.call("receipts_get_pdf", receiptId=receipt_id)
    FILES.mkdir(parents=True, exist_ok=True)
    path = FILES / pdf["fileName"]
    path.write_bytes(base64.b64decode(pdf["content"]))
    return f"{path} ({path.stat().st_size:,} bytes, PDF/UA)"


def steer(name: str, **fields: Any) -> Any:
    """Steer the stand-in of Stripe."""
    url = f"{os.environ['STRIPE_API_BASE']}/_sandbox/{name}"
    answer = requests.post(url, json=fields, timeout=SECONDS)
    answer.raise_for_status()
    return answer.json()


def stripe(method: str, path: str, **form: Any) -> Any:
    """Ask Stripe's API, as its dashboard does."""
    url = os.environ["STRIPE_API_BASE"] + path
    headers = {"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"}
    answer = requests.request(method, url, data=form or None, headers=headers, timeout=SECONDS)
    answer.raise_for_status()
    return answer.json()
