"""Whatever happens to subscriptions, invoices add up, money moves once and events tell it all."""

import os
from contextlib import suppress
from itertools import pairwise
from typing import Any

import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.stripe.billing import discounts, periods
from tests.sandbox.stripe.shop import Shop
from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, item_of

LIVES = 200 if os.environ.get("NIGHTLY") else 10
ENDED = ("canceled", "incomplete_expired")
CARDS = ("pm_card_visa", "pm_card_chargeCustomerFail")
BEHAVIORS = ("create_prorations", "always_invoice", "none")

steps = st.one_of(
    st.tuples(st.just("days"), st.sampled_from([0.05, 0.5, 1, 2, 3, 7, 20, 31, 45, 100])),
    st.tuples(st.just("card"), st.sampled_from(CARDS)),
    st.tuples(st.just("pay"), st.sampled_from(CARDS)),
    st.tuples(st.just("quantity"), st.sampled_from([1, 2, 3]), st.sampled_from(BEHAVIORS)),
    st.tuples(st.just("price"), st.sampled_from([0, 1, 2]), st.sampled_from(BEHAVIORS)),
    st.tuples(st.just("discount"), st.sampled_from([0, 1, None])),
    st.tuples(st.just("end"), st.sampled_from(["true", "false"])),
    st.tuples(st.just("pause"), st.sampled_from(["void", "keep_as_draft", None])),
    st.tuples(st.just("void")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("cancel"), st.sampled_from(["true", "false"])),
)
begins = st.fixed_dictionaries(
    {
        "trial": st.sampled_from([None, 2, 10]),
        "missing": st.sampled_from(["create_invoice", "cancel", "pause"]),
        "card": st.sampled_from([None, *CARDS]),
        "behavior": st.sampled_from(["allow_incomplete", "default_incomplete"]),
        "exhausted": st.sampled_from(["unpaid", "canceled", "past_due"]),
    }
)


class Life:
    """A subscription to which things happen."""

    def __init__(self, club: Club, begin: dict[str, Any]) -> None:
        club.shop.control("billing", retryDays=[1, 4], exhausted=begin["exhausted"])
        self.club = club
        self.prices = [club.price(1000), club.price(2333), club.price(9000, "year")]
        self.coupons = [
            club.v1.coupons.create({"percent_off": 33.3, "duration": "once"}).id,
            club.v1.coupons.create(
                {"amount_off": 777, "currency": "usd", "duration": "forever"}
            ).id,
        ]
        self.customer = club.customer(begin["card"])
        params: dict[str, Any] = {
            "payment_behavior": begin["behavior"],
            "trial_settings": {"end_behavior": {"missing_payment_method": begin["missing"]}},
        }
        if begin["trial"] is not None:
            params["trial_period_days"] = begin["trial"]
        try:
            self.id: str | None = club.subscribe(self.customer, self.prices[0], **params).id
        except stripe.InvalidRequestError:
            assert begin["card"] is None
            self.id = None

    def step(self, kind: str, *args: Any) -> None:
        """Do something; what Stripe refuses changes nothing that the invariants mind."""
        assert self.id is not None
        with suppress(stripe.CardError, stripe.InvalidRequestError):
            getattr(self, f"do_{kind}")(*args)

    def do_days(self, days: float) -> None:
        self.club.days(days)

    def do_card(self, method: str) -> None:
        self.club.use(self.customer, method)

    def do_pay(self, method: str) -> None:
        for invoice in self.club.invoices(str(self.id)):
            if invoice.status in ("open", "draft"):
                self.club.v1.invoices.pay(invoice.id, {"payment_method": method})

    def do_quantity(self, quantity: int, behavior: Any) -> None:
        self.change({"quantity": quantity}, behavior)

    def do_price(self, index: int, behavior: Any) -> None:
        self.change({"price": self.prices[index]}, behavior)

    def change(self, fields: Any, behavior: Any) -> None:
        item = {"id": item_of(self.club.get(str(self.id))), **fields}
        self.update(items=[item], proration_behavior=behavior)

    def do_discount(self, index: int | None) -> None:
        self.update(discounts="" if index is None else [{"coupon": self.coupons[index]}])

    def do_end(self, end: str) -> None:
        self.update(cancel_at_period_end=end)

    def do_pause(self, behavior: str | None) -> None:
        self.update(pause_collection="" if behavior is None else {"behavior": behavior})

    def do_void(self) -> None:
        for invoice in self.club.invoices(str(self.id)):
            if invoice.status == "open":
                self.club.v1.invoices.void_invoice(invoice.id)

    def do_resume(self) -> None:
        self.club.v1.subscriptions.resume(str(self.id))

    def do_cancel(self, prorate: str) -> None:
        params: Any = {"prorate": prorate, "invoice_now": prorate}
        self.club.v1.subscriptions.cancel(str(self.id), params)

    def update(self, **params: Any) -> None:
        self.club.v1.subscriptions.update(str(self.id), params)  # type: ignore[arg-type]  # by name


@settings(max_examples=LIVES)
@given(begins, st.lists(steps, max_size=12))
def test_whatever_happens(running: Shop, begin: dict[str, Any], path: list[Any]) -> None:
    running.standin.reset()
    running.control("webhook_url", url=None)
    life = Life(Club(running), begin)
    if life.id is None:
        return
    before = "incomplete"
    for step in path:
        life.step(*step)
        after = check(life.club, life.id)
        assert before not in ENDED or after == before
        before = after


def check(club: Club, subscription_id: str) -> str:
    """Check everything that has to hold at any time, and return the state."""
    now = club.now()
    subscription = club.get(subscription_id).to_dict()
    invoices = [i.to_dict() for i in club.invoices(subscription_id)]
    for invoice in invoices:
        check_sums(invoice)
    check_money(club, invoices)
    check_state(subscription, invoices, now)
    events = [e.to_dict() for e in club.v1.events.list({"limit": 100}).auto_paging_iter()]
    told: dict[str, Any] = {}
    for event in events:
        told.setdefault(event["data"]["object"]["id"], event["data"]["object"])
    for thing in (subscription, *invoices):
        assert told[thing["id"]] == thing
    return str(subscription["status"])


def check_sums(invoice: dict[str, Any]) -> None:
    lines = invoice["lines"]["data"]
    taken = sum(d["amount"] for d in invoice["total_discount_amounts"])
    assert invoice["subtotal"] == sum(line["amount"] for line in lines)
    assert taken == sum(d["amount"] for line in lines for d in line["discount_amounts"])
    assert invoice["total"] == invoice["subtotal"] - taken
    if invoice["status"] != "draft":
        owed = invoice["total"] + invoice["starting_balance"]
        assert invoice["amount_due"] == (owed if owed >= 50 else 0)
        assert invoice["ending_balance"] == owed - invoice["amount_due"]
        assert invoice["amount_paid"] + invoice["amount_remaining"] == invoice["amount_due"]
        assert (invoice["amount_paid"] == invoice["amount_due"]) == (
            invoice["status"] == "paid" or not invoice["amount_due"]
        )


def check_money(club: Club, invoices: list[dict[str, Any]]) -> None:
    charges = club.v1.charges.list({"limit": 100}).data
    paid = [c.amount for c in charges if c.status == "succeeded"]
    assert sum(paid) == sum(i["amount_paid"] for i in invoices)
    intents = [c.payment_intent for c in charges if c.status == "succeeded"]
    assert len(set(intents)) == len(intents)
    numbers = [i["number"] for i in invoices if i["number"] is not None]
    assert sorted(numbers) == sorted(set(numbers))
    assert (
        len(numbers)
        == club.v1.customers.retrieve(invoices[0]["customer"]).to_dict()["next_invoice_sequence"]
        - 1
    )


def check_state(subscription: dict[str, Any], invoices: list[dict[str, Any]], now: int) -> None:
    status, (item,) = subscription["status"], subscription["items"]["data"]
    issued = [i for i in invoices if i["status"] != "draft"]
    if status in ENDED:
        assert subscription["ended_at"] <= now
        assert all(i["created"] <= subscription["ended_at"] for i in invoices)
        assert not any(i["auto_advance"] for i in invoices if i["status"] == "open")
    elif status not in ("paused", "incomplete"):
        assert item["current_period_start"] <= now < item["current_period_end"] + 2
    if status == "trialing":
        assert now < subscription["trial_end"] + 2
    if status in ("past_due", "unpaid"):
        assert any(i["status"] == "open" and i["attempted"] for i in invoices)
    if status == "active":
        assert issued[-1]["status"] != "open" or not issued[-1]["attempted"]
    if status == "incomplete":
        assert now < subscription["created"] + 23 * HOUR + 2
    whole = [
        (line["period"]["start"], line["period"]["end"])
        for i in invoices
        for line in i["lines"]["data"]
        if not line["parent"]["subscription_item_details"]["proration"]
    ]
    for (_, end), (start, _) in pairwise(whole):
        assert start <= end  # no time is left out, though a change may begin a period early
        if start < end:
            assert any(i["billing_reason"] == "subscription_update" for i in invoices)


@given(
    st.integers(0, 2**31),
    st.sampled_from(["day", "week", "month", "year"]),
    st.integers(1, 36),
    st.integers(0, 3),
)
def test_periods_follow_each_other(anchor: int, interval: str, count: int, start: int) -> None:
    recurring = {"interval": interval, "interval_count": count}
    moment = periods.boundary(anchor, recurring, start)

    following = periods.next_boundary(anchor, recurring, moment)

    assert following == periods.boundary(anchor, recurring, start + 1)
    assert periods.next_boundary(anchor, recurring, following - 1) == following
    longest = {"day": 1, "week": 7, "month": 31, "year": 366}[interval] * count
    assert 0 < following - moment <= longest * DAY


@given(
    st.lists(st.integers(-5000, 500_000), max_size=4),
    st.lists(
        st.one_of(
            st.decimals(0, 100, places=2).map(lambda p: {"percent_off": float(p)}),
            st.integers(1, 600_000).map(lambda n: {"percent_off": None, "amount_off": n}),
        ),
        max_size=3,
    ),
)
def test_discounts_never_exceed_what_there_is(
    amounts: list[int], coupons: list[dict[str, Any]]
) -> None:
    taken = discounts.in_turn(coupons, amounts)

    for i, amount in enumerate(amounts):
        off = [less[i] for less in taken]
        assert min([0, *off]) == 0
        assert sum(off) <= max(amount, 0)
    if coupons and coupons[0]["percent_off"] is not None:
        whole = sum(max(a, 0) for a in amounts)
        assert abs(sum(taken[0]) - whole * coupons[0]["percent_off"] / 100) <= 0.5 + 1e-6
