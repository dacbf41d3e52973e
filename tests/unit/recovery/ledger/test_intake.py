"""From a movement of money to a queue item: the right postings, and nothing of the donor."""

import json
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.money import Currency
from app.platform.payments.models.documents import Movement, MovementKind, PaymentState, Reference
from app.recovery.catalog.models import Category
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.policy.references import gift_id_of
from app.recovery.ledger.models import Kind, QueueItem, State
from app.recovery.ledger.policy import accounts, intake, leaves
from app.recovery.ledger.policy.accounts import Books

NOW = datetime(2027, 2, 1, tzinfo=UTC)
SALT = bytes(range(32))
MOVEMENT = Movement(
    account="platform",
    object_id="pi_1",
    phase="succeeded",
    kind=MovementKind.CAPTURED,
    payment_intent_id="pi_1",
    reference=Reference(kind="donation", id="d1"),
    gross_cents=10_000,
    fee_cents=320,
    net_cents=9_680,
    currency=Currency.USD,
    occurred_at=datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC),
    created_at=NOW,
)
REFUND = MOVEMENT.model_copy(
    update={
        "object_id": "re_1",
        "kind": MovementKind.REFUNDED,
        "gross_cents": 5_000,
        "fee_cents": 0,
        "net_cents": -5_000,
    }
)


def gift(**allocation: int) -> Donation:
    """Return a gift to the funds in `allocation`."""
    return Donation(
        uid="donor",
        items=(),
        custom_amount_cents=None,
        allocation={Category(name): cents for name, cents in allocation.items()},
        fee_cover_cents=0,
        amount_cents=sum(allocation.values()),
        currency=Currency.USD,
        anonymous=False,
        state=PaymentState.SUCCEEDED,
        checkout_session_id="cs_1",
        created_at=NOW,
        sealed={},
    )


def postings(movement: Movement, donation: Donation) -> dict[str, int]:
    """Return what a movement posts, by account."""
    leaf = leaves.read_queued(intake.item(movement, donation, "ab" * 32, NOW))
    return {account: int(amount) for account, amount in leaf.postings}


def test_idem_is_that_of_the_money_object() -> None:
    assert intake.idem_of(MOVEMENT) == (
        "ca572637d9e9eed3226a1f88aaa7ef20e0ca807ba785dc20532bb3d66c3f2fa0"
    )
    assert intake.idem_of(REFUND) != intake.idem_of(MOVEMENT)


def test_a_gift_to_one_fund() -> None:
    item = intake.item(MOVEMENT, gift(HOUSING=10_000), "ab" * 32, NOW)

    assert (item.kind, item.parent, item.state) == (Kind.DONATION, None, State.PENDING)
    assert json.loads(item.leaf) == {
        "v": 1,
        "kind": "DONATION",
        "day": "2027-01-31",
        "currency": "USD",
        "categories": ["HOUSING"],
        "postings": [
            ["assets:stripe:clearing", "9680"],
            ["funds:HOUSING:donations", "-10000"],
            ["funds:HOUSING:fees", "320"],
        ],
        "commitment": "ab" * 32,
    }


def test_the_fee_is_split_over_the_funds_by_largest_remainder() -> None:
    assert postings(MOVEMENT, gift(TRANSPORT=3_334, TECH=3_333, FOOD=3_333)) == {
        "assets:stripe:clearing": 9_680,
        "funds:FOOD:donations": -3_333,
        "funds:FOOD:fees": 107,  # 106.656, and the first of two equal remainders
        "funds:TECH:donations": -3_333,
        "funds:TECH:fees": 106,  # 106.656
        "funds:TRANSPORT:donations": -3_334,
        "funds:TRANSPORT:fees": 107,  # 106.688
    }


def test_a_covered_fee_goes_to_the_funds_as_the_gift_does() -> None:
    movement = MOVEMENT.model_copy(
        update={"gross_cents": 10_330, "fee_cents": 330, "net_cents": 10_000}
    )

    assert postings(movement, gift(FOOD=7_500, TECH=2_500)) == {
        "assets:stripe:clearing": 10_000,
        "funds:FOOD:donations": -7_748,
        "funds:FOOD:fees": 248,
        "funds:TECH:donations": -2_582,
        "funds:TECH:fees": 82,
    }


def test_a_refund_follows_from_its_gift() -> None:
    item = intake.item(REFUND, gift(HOUSING=7_500, FOOD=2_500), "ab" * 32, NOW)

    assert (item.kind, item.parent) == (Kind.REFUND, intake.idem_of(MOVEMENT))
    assert postings(REFUND, gift(HOUSING=7_500, FOOD=2_500)) == {
        "assets:stripe:clearing": -5_000,
        "funds:HOUSING:refunds": 3_750,
        "funds:FOOD:refunds": 1_250,
    }


LATER = {
    "refund that failed": (MovementKind.REFUND_FAILED, "re_1", "failed", 5_000, 0, 5_000),
    "dispute": (MovementKind.DISPUTE_OPENED, "dp_1", "opened", 10_000, 1_500, -11_500),
    "dispute won": (MovementKind.DISPUTE_WON, "dp_1", "won", 10_000, 0, 10_000),
    "fee given back": (MovementKind.DISPUTE_WON, "dp_1", "won", 10_000, -1_500, 11_500),
    "dispute lost": (MovementKind.DISPUTE_LOST, "dp_1", "lost", 10_000, 0, 0),
}


def later(name: str) -> Movement:
    """Return a movement that comes after the gift."""
    kind, object_id, phase, gross, fee, net = LATER[name]
    return MOVEMENT.model_copy(
        update={
            "kind": kind,
            "object_id": object_id,
            "phase": phase,
            "gross_cents": gross,
            "fee_cents": fee,
            "net_cents": net,
        }
    )


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        (
            "refund that failed",
            Kind.REVERSAL,
            {leaves.CLEARING: 5_000, "funds:FOOD:refunds": -5_000},
        ),
        (
            "dispute",
            Kind.DISPUTE_OPEN,
            {leaves.CLEARING: -11_500, leaves.DISPUTED: 10_000, "funds:FOOD:fees": 1_500},
        ),
        ("dispute won", Kind.DISPUTE_WON, {leaves.CLEARING: 10_000, leaves.DISPUTED: -10_000}),
        (
            "fee given back",
            Kind.DISPUTE_WON,
            {leaves.CLEARING: 11_500, leaves.DISPUTED: -10_000, "funds:FOOD:fees": -1_500},
        ),
        (
            "dispute lost",
            Kind.DISPUTE_LOST,
            {leaves.DISPUTED: -10_000, "funds:FOOD:disputes": 10_000},
        ),
    ],
)
def test_what_comes_after_a_gift(name: str, kind: Kind, expected: dict[str, int]) -> None:
    movement = later(name)

    assert postings(movement, gift(FOOD=10_000)) == expected
    assert intake.item(movement, gift(FOOD=10_000), "ab" * 32, NOW).kind is kind


@pytest.mark.parametrize(
    ("name", "object_id", "phase"),
    [
        ("refund that failed", "re_1", "succeeded"),
        ("dispute", "pi_1", "succeeded"),
        ("dispute won", "dp_1", "opened"),
        ("dispute lost", "dp_1", "opened"),
    ],
)
def test_each_waits_for_what_it_follows_from(name: str, object_id: str, phase: str) -> None:
    item = intake.item(later(name), gift(FOOD=1), "ab" * 32, NOW)

    assert item.parent == intake.idem("platform", object_id, phase)


def test_a_reversal_is_the_exact_negation_of_its_refund() -> None:
    of = gift(HOUSING=3_334, FOOD=3_333, TECH=3_333)
    failed = later("refund that failed")
    refunded = failed.model_copy(
        update={"kind": MovementKind.REFUNDED, "phase": "succeeded", "net_cents": -5_000}
    )

    back = postings(refunded, of)
    assert postings(failed, of) == {account: -amount for account, amount in back.items()}


PAYOUT = MOVEMENT.model_copy(
    update={
        "kind": MovementKind.PAID_OUT,
        "object_id": "po_1",
        "payment_intent_id": None,
        "reference": None,
        "gross_cents": 90_000,
        "net_cents": -90_000,
        "shares": {"": -200, "donation": 9_680, "membership": 70_520, "monthly_gift": 10_000},
    }
)
PAYOUT_FAILED = PAYOUT.model_copy(
    update={"kind": MovementKind.PAYOUT_FAILED, "phase": "failed", "net_cents": 90_000}
)


def test_of_a_payout_only_the_share_of_gifts_leaves_the_ledger_s_clearing() -> None:
    item = intake.payout_item(PAYOUT, NOW)
    leaf = leaves.read_queued(item)

    assert (item.kind, item.parent, leaf.categories, leaf.commitment) == (
        Kind.PAYOUT,
        None,
        (),
        None,
    )
    assert dict(leaf.postings) == {leaves.BANK: "19680", leaves.CLEARING: "-19680"}


def test_a_payout_that_failed_is_reversed() -> None:
    item = intake.payout_item(PAYOUT_FAILED, NOW)

    assert (item.kind, item.parent) == (Kind.REVERSAL, intake.idem_of(PAYOUT))
    assert dict(leaves.read_queued(item).postings) == {
        leaves.BANK: "-19680",
        leaves.CLEARING: "19680",
    }


def test_a_payout_of_other_money_is_none_of_the_ledger_s() -> None:
    assert intake.takes(PAYOUT)
    assert not intake.takes(PAYOUT.model_copy(update={"shares": {"membership": 5}}))
    assert not intake.takes(PAYOUT.model_copy(update={"shares": {}}))
    assert not intake.takes(
        PAYOUT.model_copy(update={"shares": {"donation": 5, "monthly_gift": -5}})
    )


def test_only_what_goes_to_the_bank_has_no_commitment() -> None:
    leaf = leaves.read(intake.payout_item(PAYOUT, NOW).leaf)
    bound = leaf.model_copy(update={"commitment": "ab" * 32})
    unbound = leaves.read(intake.item(MOVEMENT, gift(FOOD=1), "ab" * 32, NOW).leaf).model_copy(
        update={"commitment": None}
    )
    for wrong in (bound, unbound):
        item = QueueItem(leaf=leaves.make(wrong), kind=wrong.kind, created_at=NOW)
        with pytest.raises(leaves.InvalidLeafError, match="commitment"):
            leaves.read_queued(item)


lives = st.tuples(
    st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=3),
    st.sampled_from([None, "dispute", "dispute won", "fee given back", "dispute lost"]),
)


@given(
    life=lives,
    allocation=st.dictionaries(
        st.sampled_from([c.value for c in Category]), st.integers(1, 10**6), min_size=1
    ),
    random=st.randoms(),
)
def test_in_any_order_the_ledger_nets_what_was_kept_of_a_payment(
    life: tuple[list[tuple[int, bool]], str | None],
    allocation: dict[str, int],
    random: Random,
) -> None:
    """The ledger's net of a payment is captured less refunds that stand and disputes not won."""
    refunds, dispute = life
    moved = [MOVEMENT]
    for number, (cents, failed) in enumerate(refunds):
        out = REFUND.model_copy(
            update={"object_id": f"re_{number}", "gross_cents": cents, "net_cents": -cents}
        )
        back = {"kind": MovementKind.REFUND_FAILED, "phase": "failed", "net_cents": cents}
        moved += [out, out.model_copy(update=back)] if failed else [out]
    if dispute is not None:
        moved.append(later("dispute"))
    if dispute not in {None, "dispute"}:
        moved.append(later(dispute or ""))
    waiting = {intake.idem_of(m): intake.item(m, gift(**allocation), "ab" * 32, NOW) for m in moved}
    books = Books({}, {})
    done: dict[str, QueueItem] = {}
    while waiting:
        idem = random.choice(sorted(waiting))
        outcome = accounts.apply(books, waiting[idem], done)
        books = outcome.books
        if outcome.state is not State.HELD:
            assert outcome.state is State.SEQUENCED
            done[idem] = waiting.pop(idem)
        for category in Category:
            assert accounts.fund(books.public, category) >= 0

    kept = 10_000 - sum(cents for cents, failed in refunds if not failed)
    if dispute in {"dispute", "dispute lost"}:
        kept -= 10_000
    fees = sum(m.fee_cents for m in moved)
    balances = books.public
    assert balances.get(leaves.CLEARING, 0) == sum(m.net_cents for m in moved) == kept - fees
    assert balances.get(leaves.DISPUTED, 0) == (10_000 if dispute == "dispute" else 0)
    assert sum(balances.values()) == 0


def test_the_day_is_that_of_utc() -> None:
    denver = timezone(timedelta(hours=-7))
    late = MOVEMENT.occurred_at.astimezone(denver) + timedelta(seconds=1)

    item = intake.item(
        MOVEMENT.model_copy(update={"occurred_at": late}), gift(FOOD=1), "ab" * 32, NOW
    )

    assert leaves.read(item.leaf).day == "2027-02-01"


def test_amounts_that_do_not_add_up_are_left_to_the_sequencer_to_reject() -> None:
    wrong = MOVEMENT.model_copy(update={"net_cents": 9_681})

    outcome = accounts.apply(Books({}, {}), intake.item(wrong, gift(FOOD=1), "ab" * 32, NOW), {})

    assert (outcome.state, outcome.reason) == (State.REJECTED, "does not sum to zero")


def test_the_private_record_is_canonical_and_whole() -> None:
    assert intake.private_record(MOVEMENT) == (
        b'{"account":"platform","currency":"USD","donationId":"d1","feeCents":320,'
        b'"grossCents":10000,"netCents":9680,"objectId":"pi_1",'
        b'"occurredAt":"2027-01-31T23:59:59Z","paymentIntentId":"pi_1","phase":"succeeded"}'
    )


def test_the_commitment_is_an_hmac_that_other_software_can_check() -> None:
    # printf 'ledger-commit/v1\0{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001...1f
    assert intake.commitment(SALT, b"{}") == (
        "51fdb4cda4d2828e56562fa9d37dec033ea7827260f2a275e2023a909fe872af"
    )
    assert intake.commitment(SALT[::-1], b"{}") != intake.commitment(SALT, b"{}")


def test_a_leaf_tells_nothing_of_who_gave() -> None:
    leaf = intake.item(MOVEMENT, gift(FOOD=1), intake.commitment(SALT, b"{}"), NOW).leaf

    for secret in ("donor", "d1", "pi_", "cs_1", "23:59", "platform"):
        assert secret.encode() not in leaf
    assert intake.idem_of(MOVEMENT).encode() not in leaf


@pytest.mark.parametrize(("kind", "gift_id"), [("donation", "d1"), ("booking", None)])
def test_only_gifts_are_taken(kind: str, gift_id: str | None) -> None:
    reference = Reference(kind=kind, id="d1")

    assert intake.gift_of(MOVEMENT.model_copy(update={"reference": reference})) == gift_id


def test_each_payment_of_a_monthly_gift_is_a_gift_of_its_own() -> None:
    reference = Reference(kind="monthly_gift", id="terms")
    payments = ["pi_1", "pi_2", "pi_1", None]
    monthly = [
        intake.gift_of(MOVEMENT.model_copy(update={"reference": reference, "payment_intent_id": p}))
        for p in payments
    ]

    assert monthly == [gift_id_of(reference, p) for p in payments]
    assert monthly[0] == monthly[2] != monthly[1]
    assert monthly[3] is None
    assert None not in monthly[:3]


@given(
    allocation=st.dictionaries(
        st.sampled_from([c.value for c in Category]), st.integers(1, 10**6), min_size=1
    ),
    gross=st.integers(1, 10**7),
    fee=st.integers(0, 10**7),
    captured=st.booleans(),
)
def test_every_movement_makes_a_sound_leaf(
    allocation: dict[str, int], gross: int, fee: int, *, captured: bool
) -> None:
    fee = min(fee, gross) if captured else 0
    net_cents = gross - fee if captured else -gross
    movement = (MOVEMENT if captured else REFUND).model_copy(
        update={"gross_cents": gross, "fee_cents": fee, "net_cents": net_cents}
    )

    amounts = postings(movement, gift(**allocation))

    part = "donations" if captured else "refunds"
    paid = sum(abs(n) for account, n in amounts.items() if account.endswith(f":{part}"))
    fees = sum(n for account, n in amounts.items() if account.endswith(":fees"))
    assert (paid, fees) == (gross, fee)
    for category in allocation:
        assert amounts.get(f"funds:{category}:fees", 0) <= -amounts.get(
            f"funds:{category}:donations", 0
        )
