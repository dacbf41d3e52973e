"""The callables for coaches and vendors: their account at Stripe, and what they are owed."""

from typing import TYPE_CHECKING

from app.kit import clock, environment, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import FailedPreconditionError
from app.kit.limits import READS, WRITES
from app.kit.money import Currency
from app.kit.roles import Role
from app.platform.connect import gateway, store
from app.platform.connect.models.documents import EarningState, Payee, PayeeKind, PayeeState
from app.platform.connect.models.messages import (
    AsPayee,
    DashboardOpened,
    ListPayouts,
    Onboard,
    OnboardingOpened,
    PayeeBalance,
    PayeeStatus,
    PayoutPage,
    PayoutView,
)
from app.platform.connect.policy import payees as policy
from app.platform.operations.idempotency import Operation, once
from app.platform.stripe.gateway import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.kit.firestore import Snapshot, Write
    from app.platform.connect.models.stripe import Amount

PAID = frozenset({Role.COACH, Role.VENDOR})
_NO_ACCOUNT_ID = "none"
_NO_ACCOUNT = "You have no account at Stripe yet."


@callable_function(limits=WRITES, admitted=PAID, secrets=SECRETS)
def connect_onboard(request: Onboard, caller: Caller) -> OnboardingOpened:
    """Open Stripe's page on which the caller completes their account, which is made if need be.

    A page opens once and for some minutes: for another one, call again with a new key. One
    batched read, one commit and one call to Stripe, two for the first.

    Errors: `permission-denied` without the role of that kind; `unavailable`.
    """
    policy.require_role(caller.roles, request.kind)
    operation = Operation.of(caller.uid, "connect_onboard", request)
    payee_id = policy.payee_id(caller.uid, request.kind)
    place = f"{environment.web_url()}/earnings/{request.kind}"

    def decide(
        seen: "tuple[Snapshot[Payee], ...]",
    ) -> "tuple[OnboardingOpened, Sequence[Write]]":
        kept, at = seen[0].value, clock.now()
        if kept is None:
            account_id = gateway.open_account(
                policy.reference(payee_id), idempotency_key=ids.digest("payee account", payee_id)
            )
            kept = policy.opened(caller.uid, request.kind, account_id, request.locale, at)
        payee = kept.model_copy(update={"locale": request.locale})
        url = gateway.onboarding_url(
            payee.account_id,
            refresh_url=f"{place}?onboarding=again",
            return_url=f"{place}?onboarding=done",
            idempotency_key=ids.digest(operation.id, "onboarding"),
        )
        changed = payee != seen[0].value
        writes = [store.payees.replace(seen[0], payee)] if changed else []
        return OnboardingOpened(onboarding_url=url), writes

    reads = (store.payees.key(payee_id),)
    return once(operation, OnboardingOpened, reads=reads, decide=decide)


@callable_function(limits=READS)
def connect_get_status(request: AsPayee, caller: Caller) -> PayeeStatus:
    """Answer what the caller's account can do, and what Stripe waits for. One read."""
    payee = store.payees.get(policy.payee_id(caller.uid, request.kind))
    if payee is None:
        return PayeeStatus(
            state=PayeeState.NONE,
            transfers_active=False,
            payouts_enabled=False,
            due=(),
            past_due=(),
            disabled=None,
        )
    return PayeeStatus(
        state=payee.state,
        transfers_active=payee.transfers_active,
        payouts_enabled=payee.payouts_enabled,
        due=payee.due,
        past_due=payee.past_due,
        disabled=payee.disabled,
    )


@callable_function(limits=WRITES, secrets=SECRETS)
def connect_open_dashboard(request: AsPayee, caller: Caller) -> DashboardOpened:
    """Open Stripe's own page about the caller's account: statements, bank account, tax forms.

    One read and one call to Stripe. Nothing is written: each call opens another page.

    Errors: `failed-precondition` before the account is completed; `unavailable`.
    """
    payee = _required(caller.uid, request.kind)
    return DashboardOpened(dashboard_url=gateway.dashboard_url(payee.account_id))


@callable_function(limits=READS, secrets=SECRETS)
def connect_get_balance(request: AsPayee, caller: Caller) -> PayeeBalance:
    """Answer what the caller is owed here, and what is theirs at Stripe.

    One read, one query, and one call to Stripe for who has an account there.

    Errors: `failed-precondition` where that account was closed; `unavailable`.
    """
    payee_id = policy.payee_id(caller.uid, request.kind)
    payee = store.payees.get(payee_id)
    held = accrued = pending = available = 0
    for _, earning in store.open_of(payee_id):
        cents = max(0, earning.target_cents - earning.transferred_cents)
        accrued += cents
        held += cents if earning.state is EarningState.HELD else 0
    if payee is not None:
        there = gateway.balance(payee.account_id)
        pending, available = _cents(there.pending), _cents(there.available)
    return PayeeBalance(
        currency=Currency.USD,
        accrued_cents=accrued,
        held_cents=held,
        pending_cents=pending,
        available_cents=available,
    )


@callable_function(limits=READS)
def connect_list_payouts(request: ListPayouts, caller: Caller) -> PayoutPage:
    """Answer what went from the caller's account to their bank, newest first.

    One read and one query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    payee = store.payees.get(policy.payee_id(caller.uid, request.kind))
    account_id = payee.account_id if payee else _NO_ACCOUNT_ID
    found, next_cursor = store.payouts_of(account_id, limit=request.limit, cursor=request.cursor)
    items = tuple(
        PayoutView(
            payout_id=payout_id,
            state=payout.state,
            amount_cents=payout.amount_cents,
            currency=payout.currency,
            created_at=payout.created_at,
            arrives_at=payout.arrives_at,
            failure=payout.failure,
        )
        for payout_id, payout in found
    )
    return PayoutPage(items=items, next_cursor=next_cursor)


def _required(uid: str, kind: PayeeKind) -> Payee:
    payee = store.payees.get(policy.payee_id(uid, kind))
    if payee is None:
        raise FailedPreconditionError(_NO_ACCOUNT)
    return payee


def _cents(parts: "Iterable[Amount]") -> int:
    """Return the amount in the one currency that we pay in."""
    return sum(part.amount for part in parts if part.currency == Currency.USD.lower())
