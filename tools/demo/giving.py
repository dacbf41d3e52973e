"""SecondWind: from a gift to its entry in the public ledger."""

import os
from typing import Any

import requests

from tools.client import TIMEOUT_SECONDS, WebClient, new_key, pay, until
from tools.demo.show import dollars, http, note, sandbox, step, title


def giving(donor: WebClient) -> None:
    """Give, pay on the hosted page, see the gift and its entry in the ledger."""
    title("SecondWind: giving")
    step(
        "catalog_list",
        lambda: WebClient().get("catalog_list"),
        lambda r: ", ".join(item["id"] for item in r["items"]),
    )
    checkout = step(
        "donations_create_checkout",
        lambda: donor.call(
            "donations_create_checkout",
            idempotencyKey=new_key(),
            items=[{"itemId": "food", "quantity": 2}, {"itemId": "bus", "quantity": 1}],
            coverFee=True,
            dedication="For Sam, who made it.",
        ),
        lambda r: f"{dollars(r['amountCents'])} at {r['checkoutUrl']}",
    )
    sandbox("stripe/faults", {"kind": "webhook_duplicate", "copies": 3, "times": 2})
    note("Stripe will deliver each of the next events three times")
    step("a declined card", lambda: pay(checkout["checkoutUrl"], "pm_card_chargeDeclined"), http)
    step("pay on the hosted page", lambda: pay(checkout["checkoutUrl"]), http)
    step(
        "donations_list",
        lambda: until(lambda: first_gift(donor, "succeeded")),
        lambda g: f"{g['state']}, {dollars(g['amountCents'])}, dedication {g['dedication']!r}",
    )
    page = step(
        "ledger_page",
        lambda: until(lambda: with_entries(WebClient().get("ledger_page"))),
        lambda r: f"{len(r['items'])} entry",
    )
    for entry in page["items"]:
        note(f"#{entry['index']} {entry['kind']} {entry['day']}")
        for account, amount in entry["postings"]:
            note(f"    {account:<32}{int(amount) / 100:>10.2f}")
        note(f"    sum {sum(int(amount) for _, amount in entry['postings'])}")
    step(
        "the explorer at /ledger",
        lambda: requests.get(f"{os.environ['WEB_URL']}/ledger", timeout=TIMEOUT_SECONDS),
        lambda page: f"{page.status_code}, {len(page.content)} bytes of HTML",
    )
    note("a page for donors, whose own browser checks every entry; `make dev` keeps it open")


def first_gift(donor: WebClient, state: str) -> Any:
    """Return the donor's latest gift once it is in a state."""
    items = donor.call("donations_list")["items"]
    return items[0] if items and items[0]["state"] == state else None


def with_entries(page: Any) -> Any:
    """Return a page of the ledger once it holds something."""
    return page if page["items"] else None
