"""Stripe's truth decides a payment's state and movements, in whatever order it is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import wire
from app.kit.errors import InvalidArgumentError
from app.platform.payments.models.documents import MovementKind, Payment, PaymentState, Reference
from app.platform.payments.models.events import Event, EventState
from app.platform.payments.models.stripe import (
    BalanceTransaction,
    LastPaymentError,
    StripeCharge,
    StripeDispute,
    StripeIntent,
    StripeRefund,
    StripeSession,
    Truth,
)
from app.platform.payments.policy import events as policy
from app.platform.payments.policy import payments

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DONATION = Reference(kind="donation", id="d1")
CAPTURED_AT, LATER = 1_700_000_000, 1_700_000_100


def booked(amount: int, fee: int = 0, currency: str = "usd") -> BalanceTransaction:
    at = CAPTURED_AT if amount > 0 else LATER
    return BalanceTransaction(
        amount=amount, fee=fee, net=amount - fee, currency=currency, created=at
    )


def intent(status: str = "succeeded", **fields: Any) -> StripeIntent:
    return StripeIntent(id="pi_1", status=status, currency="usd", metadata={}, **fields)


def charge(cents: int = 10_330, status: str = "succeeded", fee: int | None = 330) -> StripeCharge:
    captured = cents if status == "succeeded" else 0
    transaction = None if fee is None else booked(captured, fee)
    return StripeCharge(
        status=status,
        amount_captured=captured,
        created=CAPTURED_AT,
        balance_transaction=transaction,
    )


def refund(number: int, cents: int, status: str | None = "succeeded") -> StripeRefund:
    return StripeRefund(
        id=f"re_{number}",
        status=status,
        amount=cents,
        created=LATER,
        balance_transaction=booked(-cents),
        failure_balance_transaction=booked(cents) if status == "failed" else None,
    )


def dispute(status: str, cents: int = 10_330) -> StripeDispute:
    """Return a dispute whose money is where its status says."""
    moved: list[BalanceTransaction] = []
    if not status.startswith("warning"):
        moved += [booked(-cents, 1_500)]
    if status == "won":
        moved += [booked(cents)]
    return StripeDispute(
        id="dp_1", status=status, amount=cents, created=LATER, balance_transactions=moved
    )


def truth(
    status: str | StripeIntent = "succeeded",
    charges: tuple[StripeCharge, ...] = (),
    refunds: tuple[StripeRefund, ...] = (),
    disputes: tuple[StripeDispute, ...] = (),
) -> Truth:
    told = status if isinstance(status, StripeIntent) else intent(status)
    return Truth(told, DONATION.metadata, charges, refunds, disputes)


def payment_of(told: Truth) -> Payment:
    found = payments.find(told, DONATION, NOW).mirror
    assert isinstance(found, Payment)
    return found


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (truth("requires_payment_method"), "pending"),
        (truth(intent("requires_payment_method", last_payment_error=LastPaymentError())), "failed"),
        (truth("requires_confirmation"), "pending"),
        (truth("requires_action"), "pending"),
        (truth("processing"), "processing"),
        (truth("canceled"), "canceled"),
        (truth(charges=(charge(),)), "succeeded"),
        (truth(charges=(charge(0, "failed", None), charge())), "succeeded"),
        (truth("succeeded", (charge(),), (refund(1, 1),)), "partially_refunded"),
        (truth("succeeded", (charge(),), (refund(1, 10_329),)), "partially_refunded"),
        (truth("succeeded", (charge(),), (refund(1, 10_000), refund(2, 330))), "refunded"),
        (truth("succeeded", (charge(),), (refund(1, 10_330, "pending"),)), "succeeded"),
        (truth("succeeded", (charge(),), (refund(1, 10_330, "failed"),)), "succeeded"),
        (truth("succeeded", (charge(),), (refund(1, 10_330, "canceled"),)), "succeeded"),
        (truth("succeeded", (charge(),), (), (dispute("warning_needs_response"),)), "succeeded"),
        (truth("succeeded", (charge(),), (), (dispute("needs_response"),)), "disputed"),
        (truth("succeeded", (charge(),), (), (dispute("under_review"),)), "disputed"),
        (truth("succeeded", (charge(),), (), (dispute("won"),)), "succeeded"),
        (truth("succeeded", (charge(),), (), (dispute("lost"),)), "charged_back"),
        (truth("succeeded", (charge(),), (refund(1, 1),), (dispute("lost", 9),)), "charged_back"),
    ],
)
def test_state(told: Truth, state: str) -> None:
    assert payment_of(told).state == state


def test_a_charge_without_its_fee_succeeds_and_moves_nothing_yet() -> None:
    told = truth("succeeded", (charge(fee=None),), (refund(1, 5),))
    payment = payment_of(told)

    assert (payment.captured_cents, payment.fee_cents) == (10_330, None)
    assert payments.find(told, DONATION, NOW).movements == ()


def test_each_movement_of_money_has_its_natural_id() -> None:
    told = truth(
        "succeeded",
        (charge(),),
        (refund(1, 5), refund(2, 6, "failed"), refund(3, 7, "pending"), refund(4, 8, "canceled")),
        (dispute("won", 9), dispute("lost", 10).model_copy(update={"id": "dp_2"})),
    )
    movements = {m.natural_id: m for m in payments.find(told, DONATION, NOW).movements}

    assert {
        natural_id: (m.kind, m.gross_cents, m.fee_cents, m.net_cents)
        for natural_id, m in movements.items()
    } == {
        "pi_1": (MovementKind.CAPTURED, 10_330, 330, 10_000),
        "re_1": (MovementKind.REFUNDED, 5, 0, -5),
        "re_2": (MovementKind.REFUNDED, 6, 0, -6),
        "re_2_failed": (MovementKind.REFUND_FAILED, 6, 0, 6),
        "dp_1_opened": (MovementKind.DISPUTE_OPENED, 9, 1_500, -1_509),
        "dp_1_won": (MovementKind.DISPUTE_WON, 9, 0, 9),
        "dp_2_opened": (MovementKind.DISPUTE_OPENED, 10, 1_500, -1_510),
        "dp_2_lost": (MovementKind.DISPUTE_LOST, 10, 0, 0),
    }
    assert movements["pi_1"].occurred_at == datetime.fromtimestamp(CAPTURED_AT, UTC)
    assert movements["re_1"].occurred_at == datetime.fromtimestamp(LATER, UTC)
    assert {(m.reference, m.payment_intent_id) for m in movements.values()} == {(DONATION, "pi_1")}


statuses = st.sampled_from(["succeeded", "pending", "failed", "canceled", None])
truths = st.builds(
    truth,
    st.sampled_from(["succeeded", "processing", "canceled", "requires_action"]),
    st.lists(
        st.builds(
            charge,
            st.integers(1, 10**6),
            st.sampled_from(["succeeded", "failed"]),
            st.none() | st.just(330),
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.tuples(st.integers(1, 10**5), statuses), max_size=4).map(
        lambda rows: tuple(refund(n, cents, status) for n, (cents, status) in enumerate(rows))
    ),
    st.lists(
        st.builds(
            dispute,
            st.sampled_from(["needs_response", "under_review", "won", "lost", "warning_closed"]),
            st.integers(1, 10**5),
        ),
        max_size=1,
    ).map(tuple),
)


@given(truths, st.randoms())
def test_the_order_in_which_stripe_lists_things_does_not_matter(told: Truth, random: Any) -> None:
    charges, refunds = list(told.charges), list(told.refunds)
    random.shuffle(charges)
    random.shuffle(refunds)

    one = payments.find(told, DONATION, NOW)
    shuffled = truth(told.intent, tuple(charges), tuple(refunds), told.disputes)
    other = payments.find(shuffled, DONATION, NOW)

    assert one.mirror == other.mirror
    assert {m.natural_id: m for m in one.movements} == {m.natural_id: m for m in other.movements}


@given(truths)
def test_movements_sum_to_what_the_payment_says(told: Truth) -> None:
    found = payments.find(told, DONATION, NOW)
    if not found.movements:
        return
    gross = {
        kind: sum(m.gross_cents for m in found.movements if m.kind is kind) for kind in MovementKind
    }
    payment = payment_of(told)

    assert gross[MovementKind.CAPTURED] == payment.captured_cents
    refunded_cents = gross[MovementKind.REFUNDED] - gross[MovementKind.REFUND_FAILED]
    assert refunded_cents == payment.refunded_cents
    disputed_cents = gross[MovementKind.DISPUTE_OPENED] - gross[MovementKind.DISPUTE_WON]
    assert disputed_cents == payment.disputed_cents
    assert sum(m.net_cents for m in found.movements) == (
        payment.captured_cents
        - refunded_cents
        - disputed_cents
        - sum(m.fee_cents for m in found.movements)
    )
    assert len({m.natural_id for m in found.movements}) == len(found.movements)


@pytest.mark.parametrize("currency", ["eur", "jpy"])
def test_money_in_another_currency_is_never_summed(currency: str) -> None:
    exchanged = charge().model_copy(update={"balance_transaction": booked(1, 1, currency)})
    foreign = intent().model_copy(update={"currency": currency})

    with pytest.raises(ValueError, match="another currency"):
        payments.find(truth(charges=(exchanged,)), DONATION, NOW)
    with pytest.raises(ValueError, match="not a valid Currency"):
        payments.find(truth(foreign, (charge(),)), DONATION, NOW)


def test_only_an_expired_page_is_told_of() -> None:
    def find(status: str) -> Any:
        named = DONATION.metadata
        session = StripeSession(id="cs_1", status=status, currency="usd", metadata=named)
        return payments.find_expired(session, DONATION, NOW)

    assert find("open") is None
    assert find("complete") is None
    assert find("expired").mirror.state is PaymentState.EXPIRED


def test_metadata_comes_back() -> None:
    assert Reference.of(DONATION.metadata) == DONATION


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
    assert Reference.of(metadata) is None


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
        ({"id": "dp_1", "object": "dispute", "payment_intent": "pi_1"}, "pi_1"),
        ({"id": "sub_1", "object": "subscription"}, "sub_1"),
        ({"id": "in_1", "object": "invoice"}, "in_1"),
        ({"object": "invoice"}, None),
        ({"id": "tr_1", "object": "transfer"}, "tr_1"),
        ({"id": "po_1", "object": "payout"}, "po_1"),
        ({"id": "acct_1", "object": "account"}, "acct_1"),
        ({"id": "cus_1", "object": "customer"}, None),
        ({"id": "gold", "object": "product"}, None),
        ({"object": "balance"}, None),
    ],
)
def test_an_event_leads_to_its_payment(about: dict[str, Any], root_id: str | None) -> None:
    stored = policy.received(event(about), NOW)

    assert stored.root_id == root_id
    assert stored.state == (EventState.RECEIVED if root_id else EventState.IGNORED)
    assert (stored.handled_at is None) == (root_id is not None)


@pytest.mark.parametrize(
    ("about", "root_id"),
    [
        ({"id": "po_1", "object": "payout"}, "po_1"),
        ({"id": "acct_1", "object": "account"}, "acct_1"),
        ({"id": "tr_1", "object": "transfer"}, None),
        ({"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}, None),
    ],
)
def test_of_connected_accounts_only_their_own_affairs_are_followed(
    about: dict[str, Any], root_id: str | None
) -> None:
    assert policy.received(event(about, account="acct_1"), NOW).root_id == root_id


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
        ({"data": {"object": {"id": 7, "object": "payment_intent"}}}, "object.id"),
    ],
)
def test_a_malformed_event_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        event({"id": "pi_1", "object": "payment_intent"}, **changes)

    assert [problem["field"] for problem in refusal.value.details] == [field]


def test_an_event_is_parked_longer_each_time_and_left_to_staff_after_eight_failures() -> None:
    stored = policy.received(event({"id": "pi_1", "object": "payment_intent"}), NOW)
    seen = []
    for _ in range(policy.MAX_ATTEMPTS):
        stored = policy.failed(stored, "NotFoundError", NOW)
        seen.append((stored.state, stored.due_at and (stored.due_at - NOW).total_seconds() / 60))

    assert seen[:3] == [("parked", 1), ("parked", 4), ("parked", 16)]
    assert {state for state, _ in seen[:7]} == {"parked"}
    assert seen[7] == ("dead", None)
    assert (stored.attempts, stored.problem) == (8, "NotFoundError")
