"""Whatever happens, an account has the sum of its balance transactions."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any

import pytest
import stripe

from sandbox.stripe.banks import FAILURES
from tests.sandbox.stripe.shop import Shop

DISPUTED = (
    "pm_card_createDispute",
    "pm_card_createDisputeInquiry",
)
CARDS = (
    "pm_card_visa",
    "pm_card_bypassPending",
    "pm_card_bypassPending",
    *DISPUTED,
    "pm_card_refundFail",
    "pm_card_pendingRefund",
)
EVIDENCE = (
    "winning_evidence",
    "winning_evidence",
    "losing_evidence",
    "escalate_inquiry_evidence",
    "words",
)
STEPS = 30
MOVES = 12

type Move = Callable[[], object]


class Life:
    """Does what people and time do to a platform and two accounts, at random."""

    def __init__(self, shop: Shop, random: Random) -> None:
        self.shop = shop
        self.v1 = shop.v1
        self.random = random
        self.done: Counter[str] = Counter()
        self.coaches = [shop.coach(), shop.coach(bank_account=random.choice([*FAILURES]))]
        shop.fund(50_000)

    def step(self) -> None:
        moves: dict[str, Move] = {
            "charge": lambda: self.shop.charge(self.random.choice(CARDS), self.cents(9_000)),
            "refund": self.refund,
            "cancel refund": self.cancel_refund,
            "respond": self.respond,
            "close": lambda: self.v1.disputes.close(self.dispute()),
            "transfer": self.transfer,
            "reverse": self.reverse,
            "pay out": self.pay_out,
            "cancel payout": self.cancel_payout,
            "fail payout": self.fail_payout,
            "days": lambda: self.shop.days(self.random.choice((0.001, 1, 1, 3))),
            "automatic": lambda: self.shop.control("payouts", automatic=self.random.random() < 0.3),
        }
        name = self.random.choice([*moves, "charge", "transfer", "days"])
        with suppress(stripe.InvalidRequestError, IndexError):
            moves[name]()
            self.done[name] += 1

    def cents(self, most: int) -> int:
        return self.random.randint(50, most)

    def one(self, things: Sequence[Any]) -> str:
        return str(self.random.choice(things).id)

    def anyone(self) -> stripe.RequestOptions:
        account = self.random.choice([None, *self.coaches])
        return {"stripe_account": account} if account else {}

    def dispute(self) -> str:
        """Return a dispute that wants a response, often a new one."""
        if self.random.random() < 0.5:
            self.shop.charge(self.random.choice(DISPUTED), self.cents(9_000))
            self.shop.days(0.001)
        disputes = self.v1.disputes.list({"limit": 100}).data
        return self.one([d for d in disputes if d.status.endswith("needs_response")])

    def refund(self) -> None:
        if self.random.random() < 0.4:
            kind = self.random.choice(("refund_pending", "refund_late_balance"))
            self.shop.standin.inject({"kind": kind})
        self.v1.refunds.create(
            {"charge": self.one(self.v1.charges.list().data), "amount": self.cents(6000)}
        )

    def respond(self) -> None:
        text = self.random.choice(EVIDENCE)
        self.v1.disputes.update(self.dispute(), {"evidence": {"uncategorized_text": text}})

    def transfer(self) -> None:
        params: Any = {"currency": "usd", "destination": self.random.choice(self.coaches)}
        if self.random.random() < 0.5:
            params["source_transaction"] = self.one(self.v1.charges.list().data)
        params["amount"] = self.cents(6000)
        self.v1.transfers.create(params)

    def reverse(self) -> None:
        transfer = self.one(self.v1.transfers.list().data)
        self.v1.transfers.reversals.create(transfer, {"amount": self.cents(3000)})

    def pay_out(self) -> None:
        self.v1.payouts.create({"amount": self.cents(6000), "currency": "usd"}, self.anyone())

    def cancel_payout(self) -> None:
        """Pay out and think better of it, perhaps too late."""
        options = self.anyone()
        payout = self.v1.payouts.create({"amount": self.cents(6000), "currency": "usd"}, options)
        self.shop.days(self.random.choice((0, 0, 1)))
        self.v1.payouts.cancel(payout.id, {}, options)

    def cancel_refund(self) -> None:
        refunds = self.v1.refunds.list({"limit": 100}).data
        self.v1.refunds.cancel(self.one([r for r in refunds if r.status == "pending"]))

    def fail_payout(self) -> None:
        if not self.shop.standin.status()["faults"]:
            self.shop.standin.inject({"kind": "payout_failure"})


def check_all(shop: Shop, coaches: list[str]) -> None:
    shop.days(0.001)  # so that nothing is about to happen between two requests
    for account in (None, *coaches):
        check(shop, account)
    check_what_moved_between_them(shop, coaches)


def check(shop: Shop, account: str | None) -> None:
    options: stripe.RequestOptions = {"stripe_account": account} if account else {}
    booked = [*shop.v1.balance_transactions.list({"limit": 100}, options).auto_paging_iter()]
    balance = shop.v1.balance.retrieve({}, options)
    now = shop.standin.status()["now"]
    for part, those in (
        (balance.available, [t for t in booked if t.status == "available"]),
        (balance.pending, [t for t in booked if t.status == "pending"]),
    ):
        assert sum(each.amount for each in part) == sum(t.net for t in those)
    for transaction in booked:
        assert transaction.net == transaction.amount - transaction.fee
        if abs(transaction.available_on - now) > 1:  # the clock runs on between two requests
            assert (transaction.status == "available") == (transaction.available_on <= now)
    for payout in shop.v1.payouts.list({"limit": 100}, options).data:
        if payout.automatic:
            left = shop.v1.balance_transactions.list({"payout": payout.id}, options)
            assert sum(t.net for t in left.auto_paging_iter()) == 0


def check_what_moved_between_them(shop: Shop, coaches: list[str]) -> None:
    """What coaches got is what the platform gave: transfers less their reversals."""
    given_away = [*shop.v1.transfers.list({"limit": 100}).auto_paging_iter()]
    for coach in coaches:
        booked = shop.v1.balance_transactions.list({"limit": 100}, {"stripe_account": coach})
        got = sum(
            t.net for t in booked.auto_paging_iter() if t.type in ("payment", "payment_refund")
        )
        assert got == sum(
            t.amount - t.amount_reversed for t in given_away if t.destination == coach
        )


@pytest.mark.parametrize("seed", range(200 if os.environ.get("NIGHTLY") else 5))
def test_an_account_has_the_sum_of_its_balance_transactions(shop: Shop, seed: int) -> None:
    life = Life(shop, Random(seed))  # noqa: S311  # repeatable, not secret
    for number in range(STEPS):
        life.step()
        if number % 10 == 9:
            check_all(shop, life.coaches)


def test_the_random_life_reaches_everything(shop: Shop) -> None:
    life = Life(shop, Random(4))  # noqa: S311  # repeatable, not secret
    wanted = {"charge.dispute.funds_reinstated", "payout.failed", "transfer.reversed"}
    kinds: set[str] = set()
    for number in range(600):
        life.step()
        if number % 50 == 49:
            kinds |= {e.type for e in shop.v1.events.list({"limit": 100}).auto_paging_iter()}
            if len(life.done) == MOVES and wanted <= kinds:
                break

    assert (len(life.done), wanted - kinds) == (MOVES, set()), life.done
    check_all(shop, life.coaches)
