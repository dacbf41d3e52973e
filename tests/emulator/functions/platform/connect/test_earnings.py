"""Earnings from completion to transfer, and back: refunds, disputes, holds, empty balances."""

from datetime import timedelta

import pytest

from tests.support.tokens import staff

PRICE = 10_000
CHARGE = 11_000


def story(earning):
    """Return what a test asks of an earning at rest."""
    return earning.state, earning.target_cents, earning.transferred_cents


def cancel(payees, thing):
    from app.kit import firestore
    from app.platform.connect import earnings
    from app.platform.payments.models.documents import Reference

    (seen,) = firestore.read(earnings.key(Reference(kind="booking", id=thing)))
    if writes := earnings.cancel(seen, payees.now()):
        firestore.commit(*writes)


@pytest.fixture
def coach(payees):
    """The account of a coach in order."""
    return payees.onboard()


def test_it_is_transferred_out_of_its_charge_48_hours_after_completion(payees, coach, earning):
    intent_id, earning_id = payees.book(PRICE)
    payees.release()
    assert (payees.transfers(), earning(earning_id).state) == ([], "accrued")

    payees.wait(hours=47, minutes=59)
    payees.release()
    assert payees.transfers() == []

    payees.wait(minutes=2)
    payees.release()
    (transfer,) = payees.transfers()
    charge = payees.giving.api("GET", f"/v1/payment_intents/{intent_id}")["latest_charge"]
    assert transfer["amount"] == PRICE
    assert transfer["destination"] == coach
    assert transfer["source_transaction"] == charge
    assert transfer["transfer_group"] == earning_id
    assert transfer["metadata"] == {
        "referenceKind": "transfer",
        "referenceId": earning_id,
        "command": "1",
    }
    assert story(earning(earning_id)) == ("transferred", PRICE, PRICE)

    payees.release()
    payees.deliver_all()
    assert len(payees.transfers()) == 1


def test_a_full_refund_before_release_transfers_nothing(payees, coach, earning):
    intent_id, earning_id = payees.book(PRICE)
    payees.giving.refund(intent_id, CHARGE)
    payees.deliver_all()
    assert story(earning(earning_id)) == ("canceled", 0, 0)

    payees.wait(hours=49)
    payees.release()
    assert payees.transfers() == []
    assert story(earning(earning_id)) == ("canceled", 0, 0)


def test_a_refund_that_nobody_reported_counts_at_release(payees, coach, earning):
    intent_id, earning_id = payees.book(PRICE)
    payees.giving.refund(intent_id, CHARGE)
    payees.wait(hours=49)
    payees.release()

    assert payees.transfers() == []
    assert earning(earning_id).state == "canceled"


def test_a_full_refund_after_release_reverses_the_whole_transfer(payees, coach, earning):
    intent_id, earning_id = payees.book(PRICE)
    payees.wait(hours=49)
    payees.release()
    payees.giving.refund(intent_id, CHARGE)
    payees.deliver_all()

    (transfer,) = payees.transfers()
    assert (transfer["amount_reversed"], transfer["reversed"]) == (PRICE, True)
    assert story(earning(earning_id)) == ("reversed", 0, 0)
    payees.deliver_all()
    assert payees.net() == 0


@pytest.mark.parametrize("refunded", [(5_500, 5_000), (1, 9_999), (10_999, 0), (333, 9_697)])
@pytest.mark.parametrize("before", [True, False], ids=["before release", "after release"])
def test_a_partial_refund_takes_the_payee_s_share_of_it(payees, coach, earning, refunded, before):
    refund, left = refunded
    intent_id, earning_id = payees.book(PRICE)
    if before:
        payees.giving.refund(intent_id, refund)
        payees.deliver_all()
    payees.wait(hours=49)
    payees.release()
    if not before:
        payees.giving.refund(intent_id, refund)
        payees.deliver_all()

    assert payees.net() == left == PRICE * (CHARGE - refund) // CHARGE
    assert earning(earning_id).target_cents == earning(earning_id).transferred_cents == left


def test_a_refund_that_fails_gives_back_what_was_taken(payees, coach, earning):
    intent_id, earning_id = payees.book(PRICE, method="pm_card_refundFail")
    payees.wait(hours=49)
    payees.release()
    payees.giving.refund(intent_id, CHARGE)
    payees.deliver_all()
    assert (payees.net(), earning(earning_id).state) == (0, "reversed")

    payees.wait(days=10)
    payees.deliver_all()
    assert (payees.net(), len(payees.transfers())) == (PRICE, 2)
    assert earning(earning_id).state == "transferred"


@pytest.mark.parametrize(
    ("words", "end"),
    [("winning_evidence", (PRICE, "transferred")), ("losing_evidence", (0, "canceled"))],
)
def test_what_is_disputed_is_not_the_payee_s_until_it_is_won(payees, coach, earning, words, end):
    _, earning_id = payees.book(PRICE, method="pm_card_createDispute")
    payees.deliver_all()
    payees.wait(hours=49)
    payees.release()
    assert (payees.transfers(), earning(earning_id).state) == ([], "canceled")

    dispute_id = payees.giving.api("GET", "/v1/disputes")["data"][0]["id"]
    evidence = {"evidence[uncategorized_text]": words}
    payees.giving.api("POST", f"/v1/disputes/{dispute_id}", **evidence)
    payees.wait(days=1)
    payees.deliver_all()
    assert (payees.net(), earning(earning_id).state) == end


def test_what_was_transferred_is_looked_at_again_though_no_event_came(payees, coach, earning):
    intent_id, _ = payees.book(PRICE)
    payees.wait(hours=49)
    payees.release()
    payees.giving.refund(intent_id, CHARGE)

    payees.wait(days=1)
    payees.release()
    assert payees.net() == PRICE
    payees.wait(days=2)
    payees.release()
    assert payees.net() == 0


def test_who_has_no_account_in_order_is_told_once_and_paid_when_it_is(
    payees, admin, earning, inbox
):
    payees.open_page()
    for thing in ("b1", "b2"):
        _, earning_id = payees.book(PRICE, thing)
    payees.wait(hours=49)
    for _ in range(3):
        payees.release()
    assert payees.transfers() == []
    assert (earning(earning_id).state, earning(earning_id).problem) == ("waiting", "payee")
    (mail,) = [d.to_dict() for d in admin.collection("outbox").stream()]
    assert (mail["template"], mail["uid"], mail["parameters"]) == ("earnings_wait", "coach", {})

    payees.onboard()
    assert payees.net() == 2 * PRICE
    assert earning(earning_id).state == "transferred"


def test_who_never_came_for_an_account_is_told_too(payees, admin, earning):
    _, earning_id = payees.book(PRICE)
    payees.wait(hours=49)
    payees.release()

    assert earning(earning_id).problem == "payee"
    assert len(list(admin.collection("outbox").stream())) == 1


def test_a_vendor_is_sent_money_of_the_platform_at_once(payees, earning):
    account_id = payees.onboard("vendor", "vendor")
    payees.pay(20_000, method="pm_card_bypassPending")
    earning_id = payees.send(15_000)
    payees.release()

    (transfer,) = payees.transfers()
    assert (transfer["amount"], transfer["destination"]) == (15_000, account_id)
    assert transfer["source_transaction"] is None
    assert story(earning(earning_id)) == ("transferred", 15_000, 15_000)
    assert earning(earning_id).look_at is None


def test_what_waits_for_an_account_leaves_once_that_is_in_order(payees, earning):
    payees.pay(20_000, method="pm_card_bypassPending")
    earning_id = payees.send(15_000)
    payees.release()
    assert (payees.transfers(), earning(earning_id).problem) == ([], "payee")

    payees.onboard("vendor", "vendor")
    assert (payees.net(), earning(earning_id).state) == (15_000, "transferred")


def test_what_the_balance_does_not_cover_waits_in_sight_and_leaves_when_it_does(payees, earning):
    payees.onboard("vendor", "vendor")
    earning_id = payees.send(15_000)
    payees.release()
    assert (earning(earning_id).state, earning(earning_id).problem) == ("waiting", "balance")
    listed = payees.backend.call(
        "connect_list_earnings", {"state": "waiting"}, uid="fin", **staff("finance")
    )
    assert [(i["earningId"], i["problem"]) for i in listed["items"]] == [(earning_id, "balance")]

    payees.pay(20_000, method="pm_card_bypassPending")
    payees.wait(minutes=16)
    payees.release()
    assert payees.net() == 15_000
    assert (earning(earning_id).state, earning(earning_id).problem) == ("transferred", None)


def test_a_payment_that_brought_in_less_than_was_agreed_pays_nobody(payees, coach, earning):
    intent_id = payees.pay(CHARGE - 1)
    earning_id = payees.complete(intent_id, PRICE)
    payees.wait(hours=49)
    payees.release()

    assert payees.transfers() == []
    assert (earning(earning_id).state, earning(earning_id).problem) == ("waiting", "payment")


def test_two_things_out_of_one_payment_share_its_refunds(payees, coach, earning):
    intent_id = payees.pay(2 * CHARGE)
    earnings = [payees.complete(intent_id, PRICE, thing) for thing in ("s1", "s2")]
    payees.giving.refund(intent_id, CHARGE)
    payees.wait(hours=49)
    payees.release()

    assert payees.net() == PRICE
    assert [earning(each).transferred_cents for each in earnings] == [PRICE // 2] * 2


def test_what_the_product_takes_back_is_not_transferred_or_is_reversed(payees, coach, earning):
    early, late = (payees.book(PRICE, thing)[1] for thing in ("b1", "b2"))
    cancel(payees, "b1")
    payees.wait(hours=49)
    payees.release()
    assert (payees.net(), earning(early).state) == (PRICE, "canceled")

    cancel(payees, "b2")
    cancel(payees, "b2")
    payees.release()
    assert (payees.net(), earning(late).state) == (0, "reversed")
    assert earning(late).look_at is None


def test_what_stripe_cannot_take_back_yet_waits_in_sight(payees, coach, earning):
    payees.giving.sandbox("payouts", automatic=True)
    intent_id, earning_id = payees.book(PRICE)
    payees.wait(hours=49)
    payees.release()
    payees.wait(days=3)  # it is on its way to the coach's bank
    payees.giving.refund(intent_id, CHARGE)
    payees.deliver_all()
    assert (payees.net(), earning(earning_id).problem) == (PRICE, "reversal")

    payees.book(2 * PRICE, "b2")
    payees.wait(days=2, hours=1)
    payees.release()  # the second brings in what the first took
    payees.wait(hours=7)
    payees.release()
    assert earning(earning_id).state == "reversed"
    assert payees.net() == 2 * PRICE


def test_after_half_a_year_nothing_is_looked_at_any_more(payees, coach, earning):
    _, earning_id = payees.book(PRICE)
    looks = 0
    payees.wait(hours=49)
    while (at := earning(earning_id).look_at) is not None:
        payees.wait(seconds=max(1, (at - payees.now() + timedelta(seconds=1)).total_seconds()))
        payees.release()
        looks += 1

    assert looks <= 10
    assert payees.net() == PRICE
