"""Stripe's truth decides a payment's state and movements, in whatever order it is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import wire
from app.kit.errors import InvalidArgumentError
from app.platform.payments import policy
from app.platform.payments.models import (
    BalanceTransaction,
    Event,
    EventState,
    LastPaymentError,
    MovementKind,
    PaymentState,
    Reference,
    StripeCharge,
    StripeIntent,
    StripeRefund,
    StripeSession,
    Truth,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DONATION = Reference(kind="donation", id="d1")
FEE = BalanceTransaction(fee=330, currency="usd")


def intent(status: str = "succeeded", **fields: Any) -> StripeIntent:
    named = policy.metadata(DONATION)
    return StripeIntent(id="pi_1", status=status, currency="usd", metadata=named, **fields)


def charge(
    cents: int = 10_330, status: str = "succeeded", fee: BalanceTransaction | None = FEE
) -> StripeCharge:
    captured = cents if status == "succeeded" else 0
    return StripeCharge(
        status=status, amount_captured=captured, created=1_700_000_000, balance_transaction=fee
    )


def refund(number: int, cents: int, status: str | None = "succeeded") -> StripeRefund:
    return StripeRefund(id=f"re_{number}", status=status, amount=cents, created=1_700_000_100)


@pytest.mark.parametrize(
    ("truth", "state"),
    [
        (Truth(intent("requires_payment_method")), "pending"),
        (
            Truth(intent("requires_payment_method", last_payment_error=LastPaymentError())),
            "failed",
        ),
        (Truth(intent("requires_confirmation")), "pending"),
        (Truth(intent("requires_action")), "pending"),
        (Truth(intent("processing")), "processing"),
        (Truth(intent("canceled")), "canceled"),
        (Truth(intent(), (charge(),)), "succeeded"),
        (Truth(intent(), (charge(0, "failed", None), charge())), "succeeded"),
        (Truth(intent(), (charge(),), (refund(1, 1),)), "partially_refunded"),
        (Truth(intent(), (charge(),), (refund(1, 10_329),)), "partially_refunded"),
        (Truth(intent(), (charge(),), (refund(1, 10_000), refund(2, 330))), "refunded"),
        (Truth(intent(), (charge(),), (refund(1, 10_330, "pending"),)), "succeeded"),
        (Truth(intent(), (charge(),), (refund(1, 10_330, "failed"),)), "succeeded"),
        (Truth(intent(), (charge(),), (refund(1, 10_330, "canceled"),)), "succeeded"),
    ],
)
def test_state(truth: Truth, state: str) -> None:
    assert policy.find(truth, DONATION, NOW).payment.state == state


def test_a_charge_without_its_fee_succeeds_and_moves_nothing_yet() -> None:
    found = policy.find(Truth(intent(), (charge(fee=None),), (refund(1, 5),)), DONATION, NOW)

    assert (found.payment.captured_cents, found.payment.fee_cents) == (10_330, None)
    assert found.movements == ()


def test_each_movement_of_money_has_its_natural_id() -> None:
    truth = Truth(intent(), (charge(),), (refund(1, 5), refund(2, 6, "failed")))
    captured, refunded = policy.find(truth, DONATION, NOW).movements

    assert (captured.natural_id, captured.kind) == ("pi_1", MovementKind.CAPTURED)
    assert (captured.gross_cents, captured.fee_cents, captured.net_cents) == (10_330, 330, 10_000)
    assert captured.occurred_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert (refunded.natural_id, refunded.kind) == ("re_1", MovementKind.REFUNDED)
    assert (refunded.gross_cents, refunded.fee_cents, refunded.net_cents) == (5, 0, 5)
    assert refunded.reference == DONATION


statuses = st.sampled_from(["succeeded", "pending", "failed", "canceled", None])
truths = st.builds(
    Truth,
    st.sampled_from(["succeeded", "processing", "canceled", "requires_action"]).map(intent),
    st.lists(
        st.builds(
            charge,
            st.integers(1, 10**6),
            st.sampled_from(["succeeded", "failed"]),
            st.none() | st.just(FEE),
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.tuples(st.integers(1, 10**5), statuses), max_size=4).map(
        lambda rows: tuple(refund(n, cents, status) for n, (cents, status) in enumerate(rows))
    ),
)


@given(truths, st.randoms())
def test_the_order_in_which_stripe_lists_things_does_not_matter(truth: Truth, random: Any) -> None:
    charges, refunds = list(truth.charges), list(truth.refunds)
    random.shuffle(charges)
    random.shuffle(refunds)

    one = policy.find(truth, DONATION, NOW)
    other = policy.find(Truth(truth.intent, tuple(charges), tuple(refunds)), DONATION, NOW)

    assert one.payment == other.payment
    assert {m.natural_id: m for m in one.movements} == {m.natural_id: m for m in other.movements}


@given(truths)
def test_movements_sum_to_what_the_payment_says(truth: Truth) -> None:
    found = policy.find(truth, DONATION, NOW)
    if not found.movements:
        return
    gross = {
        kind: sum(m.gross_cents for m in found.movements if m.kind is kind) for kind in MovementKind
    }

    assert gross[MovementKind.CAPTURED] == found.payment.captured_cents
    assert gross[MovementKind.REFUNDED] == found.payment.refunded_cents
    assert len({m.natural_id for m in found.movements}) == len(found.movements)


@pytest.mark.parametrize("currency", ["eur", "jpy"])
def test_money_in_another_currency_is_never_summed(currency: str) -> None:
    exchanged = charge(fee=BalanceTransaction(fee=1, currency=currency))
    foreign = intent().model_copy(update={"currency": currency})

    with pytest.raises(ValueError, match="another currency"):
        policy.find(Truth(intent(), (exchanged,)), DONATION, NOW)
    with pytest.raises(ValueError, match="not a valid Currency"):
        policy.find(Truth(foreign, (charge(),)), DONATION, NOW)


def test_only_an_expired_page_is_told_of() -> None:
    def find(status: str) -> Any:
        named = policy.metadata(DONATION)
        session = StripeSession(id="cs_1", status=status, currency="usd", metadata=named)
        return policy.find_expired(session, DONATION, NOW)

    assert find("open") is None
    assert find("complete") is None
    assert find("expired").payment.state is PaymentState.EXPIRED


def test_metadata_comes_back() -> None:
    assert policy.reference_in(policy.metadata(DONATION)) == DONATION


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"referenceKind": "donation"},
        {"referenceKind": "A", "referenceId": "d1"},
        {"referenceKind": "donation", "referenceId": "../d1"},
    ],
)
def test_what_is_not_ours_has_no_reference(metadata: dict[str, str] | None) -> None:
    assert policy.reference_in(metadata) is None


def event(about: dict[str, Any], **fields: Any) -> Event:
    return wire.parse(
        Event,
        {
            "id": "evt_1",
            "object": "event",
            "type": "charge.updated",
            "livemode": False,
            "api_version": "2026-10-28.endive",
            "data": {"object": about},
            "created": 1,
            **fields,
        },
    )


@pytest.mark.parametrize(
    ("about", "root_id"),
    [
        ({"id": "pi_1", "object": "payment_intent"}, "pi_1"),
        ({"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}, "pi_1"),
        ({"id": "ch_1", "object": "charge", "payment_intent": None}, None),
        ({"id": "ch_1", "object": "charge", "payment_intent": "pi_1/../x"}, None),
        ({"id": "ch_1", "object": "charge", "payment_intent": {"id": "pi_1"}}, None),
        ({"id": "re_1", "object": "refund", "payment_intent": "pi_1"}, "pi_1"),
        ({"id": "cs_test_1", "object": "checkout.session", "payment_intent": None}, "cs_test_1"),
        ({"id": "cs_1", "object": "checkout.session", "payment_intent": "pi_1"}, "pi_1"),
        (
            {
                "id": "cs_1",
                "object": "checkout.session",
                "payment_intent": "pi_1",
                "status": "expired",
            },
            "cs_1",
        ),
        ({"id": "cus_1", "object": "customer"}, None),
    ],
)
def test_an_event_leads_to_its_payment(about: dict[str, Any], root_id: str | None) -> None:
    stored = policy.received(event(about), NOW)

    assert stored.root_id == root_id
    assert stored.state == (EventState.RECEIVED if root_id else EventState.IGNORED)
    assert (stored.handled_at is None) == (root_id is not None)


def test_a_connected_account_s_event_is_kept_apart_and_ignored() -> None:
    connected = event({"id": "pi_1", "object": "payment_intent"}, account="acct_1")

    assert policy.event_id(connected) == "acct_1_evt_1"
    assert policy.received(connected, NOW).state is EventState.IGNORED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "evt_1/x"}, "id"),
        ({"id": "x_1"}, "id"),
        ({"object": "charge"}, "object"),
        ({"livemode": "false"}, "livemode"),
        ({"livemode": None}, "livemode"),
        ({"type": "a b"}, "type"),
        ({"api_version": 7}, "api_version"),
        ({"account": "../x"}, "account"),
        ({"data": None}, "data"),
        ({"data": {"object": {"id": "pi_/x", "object": "payment_intent"}}}, "object.id"),
        ({"data": {"object": {"object": "payment_intent"}}}, "object.id"),
    ],
)
def test_a_malformed_event_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        event({"id": "pi_1", "object": "payment_intent"}, **changes)

    assert [problem["field"] for problem in refusal.value.details] == [field]


def test_an_event_is_parked_after_eight_failures() -> None:
    stored = policy.received(event({"id": "pi_1", "object": "payment_intent"}), NOW)
    states = []
    for _ in range(policy.MAX_ATTEMPTS):
        stored = policy.failed(stored, "NotFoundError")
        states.append(stored.state)

    assert states == [EventState.RECEIVED] * 7 + [EventState.PARKED]
    assert (stored.attempts, stored.problem) == (8, "NotFoundError")
