"""Evergrow360: from what is free to Premium."""

from typing import Any

from tools.client import WebClient, new_key, pay, until
from tools.demo.show import dollars, http, run_schedule, step, title


def subscribing(person: WebClient) -> None:
    """See the plans, subscribe on the hosted page with a trial, and have Premium."""
    title("Evergrow360: subscribing")
    step(
        "another plan on what is free",
        lambda: person.call(
            "plans_generate", idempotencyKey=new_key(), goals=["Delegate"], timeframe="3_months"
        ),
    )
    step("subscriptions_sync_catalogue", lambda: run_schedule("subscriptions_sync_catalogue"))
    step(
        "subscriptions_list_plans",
        lambda: WebClient().get("subscriptions_list_plans"),
        lambda r: ", ".join(
            f"{price['key']} {dollars(price['unitAmountCents'])}"
            for plan in r["items"]
            for price in plan["prices"]
        ),
    )
    page = step(
        "subscriptions_start",
        lambda: person.call(
            "subscriptions_start", idempotencyKey=new_key(), priceKey="premium_monthly_usd"
        ),
        lambda r: f"{r['trialDays']} days of trial, at {r['checkoutUrl']}",
    )
    step("subscribe on the hosted page", lambda: pay(page["checkoutUrl"]), http)
    step(
        "subscriptions_get",
        lambda: until(lambda: subscribed(person)),
        lambda r: f"{r['plan']}, {r['items'][0]['state']}, {', '.join(r['features'])}",
    )


def subscribed(person: WebClient) -> Any:
    """Return what somebody has once it is in force."""
    have = person.call("subscriptions_get")
    return have if have["active"] else None
