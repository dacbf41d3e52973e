"""The states of an earning: whatever happens to its payment, the payee ends with their share."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.errors import FailedPreconditionError
from app.platform.connect.models.documents import (
    Command,
    CommandKind,
    Earning,
    EarningState,
    Hold,
    HoldReason,
    Payee,
    PayeeKind,
    Problem,
)
from app.platform.connect.models.stripe import MadeTransfer, Source
from app.platform.connect.policy import earnings as policy
from app.platform.connect.policy import payees, pricing
from app.platform.connect.policy.sight import Sight
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import ConnectedAccount, Reference

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
RELEASED = NOW + timedelta(hours=48)
THING = Reference(kind="booking", id="b1")
CHARGE = pricing.charge(10_000)


def account(*, transfers: bool = True, payouts: bool = True, told: bool = True) -> ConnectedAccount:
    return ConnectedAccount(
        account="acct_1",
        updated_at=NOW,
        reference=Reference(kind="payee", id="p1"),
        details_submitted=told,
        transfers_active=transfers,
        payouts_enabled=payouts,
        due=(),
        past_due=(),
        disabled=None,
    )


def payee() -> Payee:
    opened = payees.opened("ann", PayeeKind.COACH, "acct_1", Locale.EN, NOW)
    return payees.follow(opened, "acct_1", account(), NOW)


def earning(charge: pricing.Charge = CHARGE, intent_id: str | None = "pi_1") -> Earning:
    return policy.earned(
        THING, "ann", PayeeKind.COACH, charge, intent_id, at=NOW, release_at=RELEASED
    )


def paid(kept: int | None = None, captured: int = CHARGE.amount_cents) -> Source:
    return Source("ch_1", captured, captured if kept is None else kept, unsettled=False)


def seen(source: Source | None, *transfers: tuple[int, int]) -> Sight:
    """Return a look at Stripe, with amounts of transfers and of what was taken back."""
    made = (
        MadeTransfer(id=f"tr_{n}", amount=amount, amount_reversed=back, metadata={})
        for n, (amount, back) in enumerate(transfers)
    )
    return Sight(source, tuple(made))


def test_it_becomes_due_exactly_48_hours_after_completion() -> None:
    assert NOW + policy.RELEASED_AFTER == RELEASED
    before = policy.decided(earning(), seen(paid()), payee(), RELEASED - timedelta(microseconds=1))
    assert (before.state, before.command, before.look_at) == (EarningState.ACCRUED, None, RELEASED)

    due = policy.decided(earning(), seen(paid()), payee(), RELEASED)
    assert due.state is EarningState.TRANSFERRING
    assert due.command == Command(
        number=1,
        kind=CommandKind.TRANSFER,
        amount_cents=10_000,
        currency=due.currency,
        destination="acct_1",
        source="ch_1",
        at=RELEASED,
    )


def test_a_look_that_finds_nothing_new_changes_nothing() -> None:
    first = policy.decided(earning(), seen(paid()), payee(), NOW)
    assert first == earning()
    done = policy.concluded(
        policy.decided(first, seen(paid()), payee(), RELEASED), "tr_0", 10_000, RELEASED
    )
    again = policy.decided(done, seen(paid(), (10_000, 0)), payee(), RELEASED + timedelta(hours=1))
    assert again is done


@pytest.mark.parametrize(("age", "days"), [(3, 3), (40, 40), (0.5, 1)])
def test_what_is_done_is_looked_at_again_at_twice_its_age(age: float, days: int) -> None:
    at = NOW + timedelta(days=age)
    moving = policy.decided(earning(), seen(paid()), payee(), RELEASED)
    done = policy.concluded(moving, "tr_0", 10_000, at)
    assert done.look_at == at + timedelta(days=days)

    under_way = Source("ch_1", CHARGE.amount_cents, 5_500, unsettled=True)
    less = seen(under_way, (10_000, 5_000))
    assert policy.decided(done, less, payee(), at).look_at == at + timedelta(days=1)


@pytest.mark.parametrize(
    ("transfers", "id_", "cents"),
    [
        (((10_000, 0),), "tr_0", 5_000),
        (((8_000, 0), (2_000, 0)), "tr_1", 2_000),
        (((8_000, 0), (2_000, 2_000)), "tr_0", 3_000),
    ],
)
def test_what_is_too_much_is_taken_back_from_the_latest_that_has_some_left(
    transfers: tuple[tuple[int, int], ...], id_: str, cents: int
) -> None:
    after = policy.decided(earning(), seen(paid(5_500), *transfers), payee(), RELEASED)

    assert after.command is not None
    assert (after.command.kind, after.command.transfer_id) == (CommandKind.REVERSE, id_)
    assert after.command.amount_cents == cents
    had = after.transferred_cents
    left = policy.concluded(after, "trr_0", cents, RELEASED)
    assert left.transferred_cents == had - cents
    assert (left.state is EarningState.TRANSFERRED) == (had - cents == 5_000)


@pytest.mark.parametrize("whose", [None, payee().model_copy(update={"transfers_active": False})])
def test_nothing_goes_to_who_cannot_receive_it(whose: Payee | None) -> None:
    after = policy.decided(earning(), seen(paid()), whose, RELEASED)

    assert (after.state, after.problem, after.command) == (
        EarningState.WAITING,
        Problem.PAYEE,
        None,
    )


def test_a_payment_that_was_not_captured_whole_pays_nobody_and_is_not_over() -> None:
    for source in (None, paid(0, 0), paid(10_999, 10_999)):
        after = policy.decided(earning(), seen(source), payee(), RELEASED)
        assert (after.problem, after.command, after.open) == (Problem.PAYMENT, None, True)


def test_a_refusal_counts_up_and_what_is_not_found_does_not() -> None:
    told = policy.decided(earning(), seen(paid()), payee(), RELEASED)
    refused = policy.refused(told, Problem.BALANCE, RELEASED)
    assert (refused.state, refused.commands) == (EarningState.WAITING, 1)
    unanswered = policy.unanswered(told, RELEASED)
    assert (unanswered.command, unanswered.commands) == (None, 0)

    first, second = (
        policy.decided(each, seen(paid()), payee(), RELEASED) for each in (unanswered, refused)
    )
    assert first.command is not None
    assert second.command is not None
    assert told.command is not None
    assert policy.key("e1", first.command) == policy.key("e1", told.command)
    assert policy.key("e1", second.command) != policy.key("e1", told.command)
    assert policy.key("e2", first.command) != policy.key("e1", first.command)


def held() -> Earning:
    return policy.held(earning(), Hold(reason=HoldReason.LEGAL, by="fin", at=NOW))


def test_what_is_held_stays_until_it_is_let_go() -> None:
    kept = policy.decided(held(), seen(paid()), payee(), RELEASED)
    assert (kept.state, kept.command, kept.look_at) == (EarningState.HELD, None, None)

    free = policy.let_go(kept, RELEASED)
    assert (free.state, free.look_at) == (EarningState.ACCRUED, RELEASED)
    assert policy.decided(free, seen(paid()), payee(), RELEASED).command is not None


def test_holding_is_refused_where_it_holds_nothing() -> None:
    hold = Hold(reason=HoldReason.LEGAL, by="fin", at=NOW)
    moving = policy.decided(earning(), seen(paid()), payee(), RELEASED)
    over = policy.decided(earning(), seen(paid(0)), payee(), RELEASED)
    for each in (held(), moving, over):
        with pytest.raises(FailedPreconditionError):
            policy.held(each, hold)
    with pytest.raises(FailedPreconditionError):
        policy.let_go(earning(), NOW)


@pytest.mark.parametrize(
    ("at_stripe", "state"),
    [
        (account(told=False), "onboarding"),
        (account(transfers=False), "restricted"),
        (account(payouts=False), "restricted"),
        (account(), "active"),
    ],
)
def test_a_payee_is_as_their_account_is(at_stripe: ConnectedAccount, state: str) -> None:
    opened = payees.opened("ann", PayeeKind.COACH, "acct_1", Locale.EN, NOW)

    assert payees.follow(opened, "acct_1", at_stripe, NOW).state == state
    assert payees.follow(opened, "acct_2", at_stripe, NOW) is opened


@dataclass
class Stripe:
    """What Stripe has of one payment and its transfers, and what it was told under which key."""

    captured: int
    kept: int
    made: list[list[int]] = field(default_factory=list)
    answers: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def net(self) -> int:
        return sum(amount - back for amount, back in self.made)

    def sight(self) -> Sight:
        return seen(paid(self.kept, self.captured), *((a, b) for a, b in self.made))

    def tell(self, command: Command) -> tuple[str, int]:
        """Carry out a command, once for each key."""
        key = policy.key("e1", command)
        if key not in self.answers:
            if command.kind is CommandKind.TRANSFER:
                self.made.append([command.amount_cents, 0])
                made_id = f"tr_{len(self.made) - 1}"
            else:
                assert command.transfer_id is not None
                transfer = self.made[int(command.transfer_id.removeprefix("tr_"))]
                transfer[1] += command.amount_cents
                assert transfer[1] <= transfer[0]
                made_id = f"trr_{len(self.answers)}"
            self.answers[key] = made_id, command.amount_cents
        return self.answers[key]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.floats(0, 1)),
        st.sampled_from([("look", 0.0), ("lose", 0.0), ("refuse", 0.0), ("time", 0.0)]),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(st.integers(1, 100_000), STEPS)
def test_any_story_ends_with_the_payee_s_share(price: int, steps: list[tuple[str, float]]) -> None:
    charge = pricing.charge(price)
    stripe = Stripe(charge.amount_cents, charge.amount_cents)
    one, at = earning(charge), NOW
    for name, part in [*steps, ("time", 0.0), *[("look", 0.0)] * 10]:
        at += timedelta(minutes=30)
        if name == "keep":
            stripe.kept = int(stripe.captured * part)
        elif name == "time":
            at += policy.RELEASED_AFTER
        else:
            one = settled(one, stripe, at, name)

    share = pricing.share(price, stripe.captured, stripe.kept)
    assert stripe.net == one.transferred_cents == one.target_cents == share
    assert not one.open
    assert one.state == (
        EarningState.TRANSFERRED
        if share
        else EarningState.REVERSED
        if stripe.made
        else EarningState.CANCELED
    )
    assert share <= stripe.kept
    if stripe.kept == stripe.captured:
        assert stripe.kept - share == charge.fee_cents


def settled(one: Earning, stripe: Stripe, at: datetime, how: str) -> Earning:
    """Look at an earning once, where Stripe's answer comes, is lost or is a refusal."""
    if one.command is not None:
        answer = stripe.answers.get(policy.key("e1", one.command))
        if answer is None:
            return policy.unanswered(one, at)
        return policy.concluded(one, *answer, at)
    one = policy.decided(one, stripe.sight(), payee(), at)
    if one.command is None:
        return one
    if how == "refuse":
        return policy.refused(one, Problem.ERROR, at)
    answer = stripe.tell(one.command)
    return one if how == "lose" else policy.concluded(one, *answer, at)
