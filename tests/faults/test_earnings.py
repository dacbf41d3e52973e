"""Earnings under faults: charge = transfer + fee, and nothing moves twice, whatever happens.

Stories of refunds, disputes, releases and holds in any order, with workers that are killed before
any of their calls, answers that are lost, and several at once; at rest the money is right to the
cent, here and at Stripe.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.kit.errors import AbortedError, UnavailableError
from app.platform.connect import settling
from app.platform.connect.models.documents import Earning, EarningState
from app.platform.connect.policy.earnings import ANSWERED_WITHIN
from app.platform.connect.policy.pricing import charge
from app.platform.payments.models.documents import Movement
from tests.support.giving import Giving
from tests.support.killing import Killed, Worker, working
from tests.support.payees import Payees

STORIES = 60 if os.environ.get("NIGHTLY") else 5
STEPS = 8
LATER = ANSWERED_WITHIN + timedelta(seconds=1)
PRICES = (10_000, 9_995, 3_333, 501)


@pytest.fixture
def payees(backend, stripe, set_clock, monkeypatch):
    """A coach in order, and whoever pays; the SDK retries without much waiting."""
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    payees = Payees(Giving(backend, stripe), set_clock)
    payees.onboard()
    return payees


def earnings(admin):
    return {
        document.id: Earning.model_validate(document.to_dict())
        for document in admin.collection("earnings").stream()
    }


def movements(admin):
    found = admin.collection("payment_movements").stream()
    return [Movement.model_validate(document.to_dict()) for document in found]


def come_to_rest(payees):
    """Let everything be delivered and looked at, until nothing is under way."""
    for _ in range(4):
        payees.wait(days=3)
        payees.deliver_all()
        payees.release()


def kept_at_stripe(payees, intent_id):
    """Return what is left of a payment, as Stripe's own lists say."""
    of_it = f"limit=100&payment_intent={intent_id}"
    (paid,) = payees.giving.api("GET", f"/v1/charges?{of_it}")["data"]
    refunds = payees.giving.api("GET", f"/v1/refunds?{of_it}")["data"]
    disputes = payees.giving.api("GET", f"/v1/disputes?{of_it}")["data"]
    refunded = sum(r["amount"] for r in refunds if r["status"] == "succeeded")
    taken = sum(t["amount"] for d in disputes for t in d["balance_transactions"])
    return paid["amount_captured"] - refunded + taken


def transferred(payees, earning_id):
    return sum(
        made["amount"] - made["amount_reversed"]
        for made in payees.transfers()
        if made["metadata"]["referenceId"] == earning_id
    )


def assert_booked(payees, admin, price, intent_id, earning_id):
    """Check I6 for one booking at rest: at Stripe, in its document, and in the movements."""
    kept = kept_at_stripe(payees, intent_id)
    amounts = charge(price)
    share = price * kept // amounts.amount_cents
    earning = earnings(admin)[earning_id]
    assert earning.command is None
    assert transferred(payees, earning_id) == earning.transferred_cents
    if earning.hold is None:
        assert earning.transferred_cents == earning.target_cents == share
        assert not earning.open
    platform_fee = kept - share
    if kept == amounts.amount_cents:
        assert platform_fee == amounts.fee_cents

    ours = [m for m in movements(admin) if m.payment_intent_id == intent_id]
    theirs = [m for m in movements(admin) if m.reference and m.reference.id == earning_id]
    (captured,) = [m for m in ours if m.kind == "captured"]
    assert captured.gross_cents == amounts.amount_cents
    assert captured.fee_cents > 0  # Stripe's, in a column of its own, borne by the platform
    assert captured.net_cents == captured.gross_cents - captured.fee_cents
    left = sum(m.net_cents + m.fee_cents for m in ours)
    assert left == kept
    assert -sum(m.net_cents for m in theirs) == earning.transferred_cents
    if earning.hold is None:
        assert left + sum(m.net_cents for m in theirs) == platform_fee


def tell_story(payees, stripe, admin, chance):  # what may happen
    """Let anything happen to a booking; return its price, payment and earning."""
    price = chance.choice(PRICES)
    methods = ["pm_card_visa"] * 4 + ["pm_card_createDispute"]
    methods += ["pm_card_refundFail", "pm_card_pendingRefund"]
    intent_id, earning_id = payees.book(price, method=chance.choice(methods))
    amount = charge(price).amount_cents
    for _ in range(STEPS):
        match chance.choice(["refund", "refund all", "wait", "settle", "at once", "tell", "lose"]):
            case "refund" | "refund all" as how:
                left = amount - refunded_of(payees, intent_id)
                cents = left if how == "refund all" else chance.randint(1, max(1, left // 3))
                if left > 0:
                    refund(payees, intent_id, cents)
            case "wait":
                payees.wait(hours=chance.choice([1, 20, 30]))
            case "settle":
                settle_badly(payees, earning_id, chance)
            case "at once":
                payees.set_clock(payees.now())
                with ThreadPoolExecutor(3) as pool:
                    list(pool.map(lambda _: try_to_settle(earning_id), range(3)))
            case "tell":
                payees.deliver_all()
            case "lose":
                kind = chance.choice(["api_lost_answer", "api_status"])
                count = chance.choice([1, 3])  # the SDK tries three times
                stripe.inject({"kind": kind, "match": "POST /v1/transfers*", "times": count})
                try_to_settle(earning_id)
                stripe._faults.clear()  # noqa: SLF001  # the account keeps what it has
    return price, intent_id, earning_id


def refunded_of(payees, intent_id):
    found = payees.giving.api("GET", f"/v1/payment_intents/{intent_id}?expand[]=latest_charge")
    return found["latest_charge"]["amount_refunded"]


def refund(payees, intent_id, cents):
    """Refund, unless the charge is disputed."""
    charged = payees.giving.api("GET", f"/v1/payment_intents/{intent_id}?expand[]=latest_charge")
    if not charged["latest_charge"]["disputed"]:
        payees.giving.refund(intent_id, cents)


def settle_badly(payees, earning_id, chance):
    """Let a worker settle that is killed before any of its calls, or loses answers."""
    payees.set_clock(payees.now())
    worker = Worker(dies_before=chance.randint(0, 7), loses_answers=chance.random() < 0.3)
    with working(worker):
        try_to_settle(earning_id)


def try_to_settle(earning_id):
    try:
        settling.settle(earning_id)
    except (Killed, AbortedError, UnavailableError):
        return


@pytest.mark.parametrize("seed", range(STORIES))
def test_charge_is_transfer_and_fee_whatever_happens(payees, stripe, admin, seed):
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    booking = tell_story(payees, stripe, admin, chance)

    come_to_rest(payees)

    assert_booked(payees, admin, *booking)
    before = payees.transfers(), earnings(admin)[booking[2]].commands
    payees.deliver_all()
    payees.release()
    assert (payees.transfers(), earnings(admin)[booking[2]].commands) == before


def release_of(payees):
    """Book, and let the time of release come; return the payment and the earning."""
    intent_id, earning_id = payees.book()
    payees.wait(hours=49)
    return intent_id, earning_id


def count_calls(payees, earning_id):
    worker = Worker()
    with working(worker):
        settling.settle(earning_id)
    return worker.calls


def test_a_worker_killed_before_any_of_its_calls_transfers_once(payees, admin):
    _, first = release_of(payees)
    calls = count_calls(payees, first)
    assert len(calls) == 7

    for number in range(1, len(calls) + 1):
        _, earning_id = payees.book(thing=f"k{number}")
        payees.wait(hours=49)
        with working(Worker(dies_before=number)), pytest.raises(Killed):
            settling.settle(earning_id)
        at_death = transferred(payees, earning_id)
        payees.release()
        payees.wait(seconds=LATER.total_seconds())
        payees.release()
        assert at_death in {0, 10_000}
        assert transferred(payees, earning_id) == 10_000, calls[number - 1]
        assert earnings(admin)[earning_id].state is EarningState.TRANSFERRED
    assert len(payees.transfers()) == len(calls) + 1


def test_a_worker_killed_before_any_of_its_calls_reverses_once(payees, admin):
    for number in range(1, 9):
        intent_id, earning_id = payees.book(thing=f"r{number}")
        payees.wait(hours=49)
        payees.release()
        payees.giving.refund(intent_id, 5_500)
        with working(Worker(dies_before=number)), pytest.raises(Killed):
            settling.settle(earning_id)
        payees.wait(seconds=LATER.total_seconds())
        payees.deliver_all()
        payees.release()
        assert transferred(payees, earning_id) == 5_000
        assert earnings(admin)[earning_id].transferred_cents == 5_000


def test_what_is_looked_up_is_not_taken_for_what_another_earning_moved(payees, admin):
    (_, first), (_, second) = (payees.book(thing=thing) for thing in ("b1", "b2"))
    payees.wait(hours=49)
    with working(Worker(dies_before=5)), pytest.raises(Killed):  # written, and not sent
        settling.settle(second)
    settling.settle(first)
    payees.wait(seconds=LATER.total_seconds())
    payees.release()

    assert [transferred(payees, each) for each in (first, second)] == [10_000, 10_000]


def test_many_at_once_transfer_once(payees, admin):
    _, earning_id = release_of(payees)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: try_to_settle(earning_id), range(6)))

    assert [made["amount"] for made in payees.transfers()] == [10_000]
    assert earnings(admin)[earning_id].commands == 1


def test_many_at_once_send_once_though_the_balance_covers_more(payees, admin):
    payees.onboard("vendor", "vendor")
    payees.pay(200_000, method="pm_card_bypassPending")
    earning_id = payees.send(10_000)
    payees.set_clock(payees.now())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: try_to_settle(earning_id), range(6)))

    assert [made["amount"] for made in payees.transfers()] == [10_000]
    assert earnings(admin)[earning_id].commands == 1


def test_lost_answers_of_the_database_transfer_once(payees, admin):
    _, earning_id = release_of(payees)
    with working(Worker(loses_answers=True)):
        settling.settle(earning_id)

    assert [made["amount"] for made in payees.transfers()] == [10_000]
    assert earnings(admin)[earning_id].state is EarningState.TRANSFERRED


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": kind, "times": times}, id=f"{kind} {times} times")
        for kind in ("api_lost_answer", "api_status")
        for times in (1, 3)
    ],
)
def test_lost_answers_of_stripe_transfer_and_reverse_once(payees, stripe, admin, fault):
    def settle_losing():
        stripe.inject(fault | {"match": "POST /v1/transfers*"})
        payees.set_clock(payees.now())
        try_to_settle(earning_id)
        stripe._faults.clear()  # noqa: SLF001  # the account keeps what it has
        payees.release()
        payees.wait(seconds=LATER.total_seconds())
        payees.release()
        payees.release()

    intent_id, earning_id = release_of(payees)
    settle_losing()
    assert [made["amount"] for made in payees.transfers()] == [10_000]
    assert earnings(admin)[earning_id].commands == 1

    payees.giving.refund(intent_id, 11_000)
    settle_losing()
    assert payees.net() == 0
    assert earnings(admin)[earning_id].commands == 2


def test_a_refund_while_an_answer_is_lost_is_taken_back_once_it_is_known(payees, stripe, admin):
    intent_id, earning_id = release_of(payees)
    stripe.inject({"kind": "api_lost_answer", "match": "POST /v1/transfers", "times": 3})
    try_to_settle(earning_id)
    assert (payees.net(), earnings(admin)[earning_id].state) == (10_000, "transferring")

    payees.giving.refund(intent_id, 11_000)
    payees.deliver_all()
    assert payees.net() == 10_000  # nobody guesses
    payees.wait(seconds=LATER.total_seconds())
    payees.release()
    assert (payees.net(), earnings(admin)[earning_id].state) == (0, "reversed")


def test_a_worker_that_slept_does_not_send_what_it_wrote(payees, admin, monkeypatch):
    from app.platform.connect import store

    intent_id, earning_id = release_of(payees)
    real = store.save

    def save_and_sleep(*args):
        done = real(*args)
        monkeypatch.setattr(store, "save", real)
        payees.wait(seconds=LATER.total_seconds())
        payees.giving.refund(intent_id, 11_000)
        payees.release()  # others find that nothing was sent, and that nothing is owed any more
        return done

    monkeypatch.setattr(store, "save", save_and_sleep)
    settling.settle(earning_id)

    assert payees.transfers() == []
    assert earnings(admin)[earning_id].state is EarningState.CANCELED


def test_something_unforeseen_is_put_aside_in_sight_and_tried_again(payees, admin, monkeypatch):
    from app.platform.connect import gateway

    _, earning_id = release_of(payees)
    with monkeypatch.context() as broken:
        broken.setattr(gateway, "source", lambda _: 1 / 0)
        payees.release()
    earning = earnings(admin)[earning_id]
    assert (earning.state, earning.problem) == ("waiting", "error")

    payees.wait(hours=7)
    payees.release()
    assert payees.net() == 10_000


def test_an_earning_is_written_once(payees, admin):
    from app.kit.firestore import ConflictError

    intent_id, _ = payees.book()
    with pytest.raises(ConflictError):
        payees.complete(intent_id, 10_000)

    assert len(earnings(admin)) == 1
