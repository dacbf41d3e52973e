"""Stripe as connect uses it: accounts of payees, the source of an earning, and its transfers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.kit.errors import FailedPreconditionError, NotFoundError
from app.platform.connect.models.documents import Command, CommandKind, Problem
from app.platform.connect.models.stripe import (
    MadeReversal,
    MadeTransfer,
    Source,
    SourceDispute,
    SourceIntent,
    StripeBalance,
)
from app.platform.stripe.gateway import PAGE, calling

if TYPE_CHECKING:
    from collections.abc import Iterable

    import stripe

    from app.platform.payments.models.documents import Reference

_NUMBER = "command"
_CLOCKS_DIFFER = timedelta(minutes=10)
_UNDER_WAY = {"pending", "requires_action"}
_CODES = {
    "balance_insufficient": Problem.BALANCE,
    "insufficient_capabilities_for_transfer": Problem.PAYEE,
    "account_invalid": Problem.PAYEE,
}


class RefusedError(Exception):
    """Stripe did not do what it was told, and never will under that key."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def open_account(reference: Reference, *, idempotency_key: str) -> str:
    """Open an Express account of which Stripe is told nothing, and return its id.

    The same key leads to the same account for a day.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        account = client.v1.accounts.create(
            {
                "type": "express",
                "capabilities": {"transfers": {"requested": True}},
                "metadata": reference.metadata,
            },
            {"idempotency_key": idempotency_key},
        )
    return account.id


def onboarding_url(
    account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str
) -> str:
    """Return the address of Stripe's page where an account is completed. It opens once.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        return client.v1.account_links.create(
            {
                "account": account_id,
                "type": "account_onboarding",
                "refresh_url": refresh_url,
                "return_url": return_url,
            },
            {"idempotency_key": idempotency_key},
        ).url


def dashboard_url(account_id: str) -> str:
    """Return the address of Stripe's own page about an account. It opens once.

    Raises:
        FailedPreconditionError: the account is not completed, or was closed.
        UnavailableError: Stripe does not answer.
    """
    import stripe  # noqa: PLC0415  # only where it is called

    try:
        with calling() as client:
            return client.v1.accounts.login_links.create(account_id).url
    except (stripe.InvalidRequestError, stripe.PermissionError, NotFoundError) as error:
        raise FailedPreconditionError("Complete your account at Stripe first.") from error


def balance(account_id: str) -> StripeBalance:
    """Return what an account has at Stripe.

    Raises:
        FailedPreconditionError: the account was closed.
        UnavailableError: Stripe does not answer.
    """
    import stripe  # noqa: PLC0415  # only where it is called

    try:
        with calling() as client:
            found = client.v1.balance.retrieve({}, {"stripe_account": account_id})
    except (stripe.PermissionError, NotFoundError) as error:
        raise FailedPreconditionError("This account at Stripe was closed.") from error
    return StripeBalance.model_validate(found.to_dict())


def source(intent_id: str) -> Source:
    """Return what Stripe has of a payment now. One call; one more for a charge ever disputed.

    Raises:
        NotFoundError: Stripe knows no such payment.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        found = client.v1.payment_intents.retrieve(
            intent_id, {"expand": ["latest_charge", "latest_charge.refunds"]}
        )
        intent = SourceIntent.model_validate(found.to_dict())
        charge = intent.latest_charge
        if intent.status != "succeeded" or charge is None or charge.status != "succeeded":
            return Source(None, 0, 0, unsettled=False)
        taken = _taken(client, intent_id) if charge.disputed else 0
    refunds = charge.refunds.data if charge.refunds else []
    return Source(
        charge.id,
        charge.amount_captured,
        max(0, charge.amount_captured - charge.amount_refunded - taken),
        unsettled=any(refund.status in _UNDER_WAY for refund in refunds),
    )


def transfers(transfer_ids: Iterable[str]) -> tuple[MadeTransfer, ...]:
    """Return transfers as they are now. One call each, none for none.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    made = []
    for transfer_id in transfer_ids:
        with calling() as client:
            found = client.v1.transfers.retrieve(transfer_id)
            made.append(MadeTransfer.model_validate(found.to_dict()))
    return tuple(made)


def tell(command: Command, reference: Reference, *, idempotency_key: str) -> str:
    """Carry out a command, and return the id of the transfer or reversal that it made.

    Raises:
        RefusedError: nothing was done, and nothing will be.
        UnavailableError: whether it was done is not known.
    """
    import stripe  # noqa: PLC0415  # only where it is called

    metadata = reference.metadata | {_NUMBER: str(command.number)}
    try:
        with calling() as client:
            if command.kind is CommandKind.REVERSE:
                return _reverse(client, command, metadata, idempotency_key)
            return _transfer(client, command, metadata, idempotency_key)
    except stripe.InvalidRequestError as error:
        raise RefusedError(_problem(command, error.code)) from error
    except (stripe.PermissionError, NotFoundError, FailedPreconditionError) as error:
        raise RefusedError(Problem.ERROR) from error


def found(command: Command, reference: Reference) -> tuple[str, int] | None:
    """Return the id and the amount of what a command made; None where it made nothing.

    One call for a hundred transfers to the same payee since then.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    number = str(command.number)
    with calling() as client:
        if command.kind is CommandKind.REVERSE:
            listed = client.v1.transfers.reversals.list(command.transfer_id or "", {"limit": PAGE})
            for each in listed.auto_paging_iter():
                back = MadeReversal.model_validate(each.to_dict())
                if (back.metadata or {}).get(_NUMBER) == number:
                    return back.id, back.amount
            return None
        since = int((command.at - _CLOCKS_DIFFER).timestamp())
        wanted: Any = {"destination": command.destination, "created": {"gte": since}}
        for transfer in client.v1.transfers.list(wanted | {"limit": PAGE}).auto_paging_iter():
            made = MadeTransfer.model_validate(transfer.to_dict())
            if reference.metadata | {_NUMBER: number} == made.metadata:
                return made.id, made.amount
    return None


def _transfer(
    client: stripe.StripeClient, command: Command, metadata: dict[str, str], key: str
) -> str:
    params: Any = {
        "amount": command.amount_cents,
        "currency": command.currency.lower(),
        "destination": command.destination,
        "metadata": metadata,
        "transfer_group": metadata["referenceId"],
    }
    if command.source is not None:
        params["source_transaction"] = command.source
    return client.v1.transfers.create(params, {"idempotency_key": key}).id


def _reverse(
    client: stripe.StripeClient, command: Command, metadata: dict[str, str], key: str
) -> str:
    return client.v1.transfers.reversals.create(
        command.transfer_id or "",
        {"amount": command.amount_cents, "metadata": metadata},
        {"idempotency_key": key},
    ).id


def _problem(command: Command, code: str | None) -> Problem:
    if command.kind is CommandKind.REVERSE:
        return Problem.REVERSAL
    return _CODES.get(code or "", Problem.ERROR)


def _taken(client: stripe.StripeClient, intent_id: str) -> int:
    """Return what disputes took of a payment and have not given back."""
    of_it: Any = {"payment_intent": intent_id, "limit": PAGE}
    disputes = [
        SourceDispute.model_validate(dispute.to_dict())
        for dispute in client.v1.disputes.list(of_it).auto_paging_iter()
    ]
    return -sum(moved.amount for each in disputes for moved in each.balance_transactions)
