"""Disputes: money that a bank takes back, and what one can do about it."""

from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.shop import Shop

FRAUD = "pm_card_createDispute"
INQUIRY = "pm_card_createDisputeInquiry"


def disputed(shop: Shop, method: str = FRAUD, cents: int = 10_000) -> stripe.Dispute:
    intent = shop.charge(method, cents)
    shop.control("clock", advanceSeconds=1)
    (dispute,) = shop.v1.disputes.list({"payment_intent": intent.id}).data
    return dispute


def respond(shop: Shop, dispute_id: str, words: str, **more: Any) -> stripe.Dispute:
    params: Any = {"evidence": {"uncategorized_text": words}, **more}
    return shop.v1.disputes.update(dispute_id, params)


def moved(dispute: stripe.Dispute) -> list[tuple[int, int, int, str]]:
    return [(t.amount, t.fee, t.net, t.reporting_category) for t in dispute.balance_transactions]


def kinds(shop: Shop) -> list[str]:
    """Return the types of the events about disputes, the oldest first."""
    events = shop.v1.events.list({"limit": 100}).data[::-1]
    return [e.type.removeprefix("charge.dispute.") for e in events if "dispute" in e.type]


@pytest.mark.parametrize(
    ("method", "reason"),
    [(FRAUD, "fraudulent"), ("pm_card_createDisputeProductNotReceived", "product_not_received")],
)
def test_a_dispute_takes_the_money_and_a_fee(shop: Shop, method: str, reason: str) -> None:
    dispute = disputed(shop, method)

    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", reason, 10_000)
    assert moved(dispute) == [(-10_000, 1500, -11_500, "dispute")]
    charge = shop.v1.charges.retrieve(str(dispute.charge))
    assert charge.disputed
    assert shop.v1.disputes.retrieve(dispute.id) == dispute
    assert shop.v1.disputes.list({"charge": charge.id}).data == [dispute]
    assert kinds(shop) == ["created", "funds_withdrawn"]
    shop.endpoint.until_type("charge.dispute.funds_withdrawn")


def test_a_disputed_charge_is_not_refunded(shop: Shop) -> None:
    dispute = disputed(shop)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.v1.refunds.create({"charge": str(dispute.charge)})

    assert refusal.value.code == "charge_disputed"
    assert shop.v1.refunds.list().data == []


def test_winning_brings_the_money_back_but_not_the_fee(shop: Shop) -> None:
    dispute = disputed(shop)

    answered = respond(shop, dispute.id, "winning_evidence")

    assert answered.status == "under_review"
    assert answered.evidence_details.submission_count == 1
    shop.control("clock", advanceSeconds=1)
    won = shop.v1.disputes.retrieve(dispute.id)
    assert won.status == "won"
    assert moved(won)[1:] == [(10_000, 0, 10_000, "dispute_reversal")]
    assert kinds(shop) == ["created", "funds_withdrawn", "updated", "funds_reinstated", "closed"]
    shop.days(30)
    assert shop.v1.disputes.retrieve(dispute.id).status == "won"
    assert shop.v1.refunds.create({"charge": str(dispute.charge)}).amount == 10_000


def test_losing_moves_nothing_more(shop: Shop) -> None:
    dispute = disputed(shop)
    respond(shop, dispute.id, "losing_evidence")
    shop.control("clock", advanceSeconds=1)

    lost = shop.v1.disputes.retrieve(dispute.id)

    assert (lost.status, len(lost.balance_transactions)) == ("lost", 1)
    assert kinds(shop)[-2:] == ["updated", "closed"]
    with pytest.raises(stripe.InvalidRequestError, match="status of lost"):
        respond(shop, dispute.id, "winning_evidence")


def test_accepting_a_dispute_loses_it(shop: Shop) -> None:
    dispute = disputed(shop)

    assert shop.v1.disputes.close(dispute.id).status == "lost"

    with pytest.raises(stripe.InvalidRequestError, match="cannot be closed"):
        shop.v1.disputes.close(dispute.id)
    assert kinds(shop)[-1] == "closed"


def test_evidence_can_be_kept_back(shop: Shop) -> None:
    dispute = disputed(shop)

    staged = respond(shop, dispute.id, "winning_evidence", submit=False)

    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    shop.control("clock", advanceSeconds=60)
    assert shop.v1.disputes.retrieve(dispute.id).status == "needs_response"
    submitted = shop.v1.disputes.update(dispute.id, {"submit": True, "metadata": {"a": "b"}})
    assert (submitted.status, submitted.metadata.to_dict()) == ("under_review", {"a": "b"})
    shop.control("clock", advanceSeconds=1)
    assert shop.v1.disputes.retrieve(dispute.id).status == "won"
    with pytest.raises(stripe.InvalidRequestError, match="no more evidence"):
        respond(shop, dispute.id, "more")


@pytest.mark.parametrize("answer", [None, "the parcel was delivered"])
def test_what_is_undecided_when_evidence_is_due_is_lost(shop: Shop, answer: str | None) -> None:
    dispute = disputed(shop)
    if answer:
        respond(shop, dispute.id, answer)
    assert dispute.evidence_details.due_by == dispute.created + 9 * 86_400

    shop.days(8.9)
    before = shop.v1.disputes.retrieve(dispute.id).status
    shop.days(0.2)

    assert before in ("needs_response", "under_review")
    assert shop.v1.disputes.retrieve(dispute.id).status == "lost"


def test_an_inquiry_takes_no_money(shop: Shop) -> None:
    dispute = disputed(shop, INQUIRY)
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)
    assert moved(dispute) == []

    answered = respond(shop, dispute.id, "winning_evidence")

    assert answered.status == "warning_under_review"
    shop.control("clock", advanceSeconds=1)
    assert shop.v1.disputes.retrieve(dispute.id).status == "warning_closed"
    assert kinds(shop) == ["created", "updated", "closed"]


def test_an_inquiry_nobody_answers_is_closed(shop: Shop) -> None:
    dispute = disputed(shop, INQUIRY)
    shop.days(10)

    assert shop.v1.disputes.retrieve(dispute.id).status == "warning_closed"


def test_refunding_everything_ends_an_inquiry(shop: Shop) -> None:
    dispute = disputed(shop, INQUIRY)

    shop.v1.refunds.create({"charge": str(dispute.charge), "amount": 1})
    assert shop.v1.disputes.retrieve(dispute.id).status == "warning_needs_response"
    shop.v1.refunds.create({"charge": str(dispute.charge)})

    assert shop.v1.disputes.retrieve(dispute.id).status == "warning_closed"


def test_an_inquiry_may_become_a_dispute(shop: Shop) -> None:
    dispute = disputed(shop, INQUIRY)
    shop.days(5)
    respond(shop, dispute.id, "escalate_inquiry_evidence")
    shop.control("clock", advanceSeconds=1)

    escalated = shop.v1.disputes.retrieve(dispute.id)

    assert (escalated.status, escalated.is_charge_refundable) == ("needs_response", False)
    assert moved(escalated) == [(-10_000, 1500, -11_500, "dispute")]
    assert kinds(shop) == ["created", "updated", "updated", "funds_withdrawn"]
    shop.days(5)  # the time of the inquiry is over, that of the dispute is not
    assert shop.v1.disputes.retrieve(dispute.id).status == "needs_response"
    respond(shop, dispute.id, "winning_evidence")
    shop.control("clock", advanceSeconds=1)
    assert shop.v1.disputes.retrieve(dispute.id).status == "won"


def test_only_what_was_not_refunded_is_disputed(shop: Shop) -> None:
    whole, part = shop.charge(FRAUD, 5000), shop.charge(FRAUD, 5000)
    shop.v1.refunds.create({"payment_intent": whole.id})
    shop.v1.refunds.create({"payment_intent": part.id, "amount": 2000})
    shop.control("clock", advanceSeconds=1)

    (dispute,) = shop.v1.disputes.list().data

    assert (dispute.payment_intent, dispute.amount) == (part.id, 3000)
