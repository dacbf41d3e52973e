"""The Cloud Functions of customers."""

from typing import TYPE_CHECKING, Any

from app.kit import environment, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import FailedPreconditionError, NotFoundError
from app.kit.limits import READS, WRITES
from app.platform.customers import customer, gateway, store
from app.platform.customers.models import (
    AddPaymentMethod,
    ChangePaymentMethod,
    Customer,
    ListPaymentMethods,
    OpenPortal,
    PaymentMethodChanged,
    PaymentMethods,
    PaymentMethodView,
    PortalOpened,
    SetupOpened,
    StripeCustomer,
    StripePaymentMethod,
)
from app.platform.operations.idempotency import Operation, once
from app.platform.stripe.gateway import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kit.firestore import Snapshot, Write

_NO_METHOD = "There is no such payment method."


@callable_function(limits=READS, secrets=SECRETS)
def customers_list_payment_methods(request: ListPaymentMethods, caller: Caller) -> PaymentMethods:  # noqa: ARG001  # it has no parameters
    """Answer the caller's saved payment methods, as Stripe says now. Nothing of them is kept here.

    One read, and two calls to Stripe for who was ever a customer.

    Errors: `unavailable` while Stripe does not answer.
    """
    kept = store.customers.get(caller.uid)
    if kept is None:
        return PaymentMethods(items=())
    found, methods = gateway.methods(kept.customer_id)
    return PaymentMethods(items=tuple(_view(found, method) for method in methods))


@callable_function(limits=WRITES, secrets=SECRETS)
def customers_add_payment_method(request: AddPaymentMethod, caller: Caller) -> SetupOpened:
    """Open the page at Stripe where the caller saves a payment method.

    One batched read, one commit and one call to Stripe, two for a first one.

    Errors: `unavailable` while Stripe does not answer.
    """
    operation = Operation.of(caller.uid, "customers_add_payment_method", request)
    place = f"{environment.web_url()}/account/payment-methods"

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[SetupOpened, Sequence[Write]]":
        customer_id, writes = customer.ensured(seen[0])
        url = gateway.open_setup(
            customer_id,
            success_url=f"{place}?setup=done",
            cancel_url=f"{place}?setup=left",
            idempotency_key=ids.digest(operation.id, "setup"),
        )
        return SetupOpened(setup_url=url), writes

    return once(operation, SetupOpened, reads=[customer.key(caller.uid)], decide=decide)


@callable_function(limits=WRITES, secrets=SECRETS)
def customers_remove_payment_method(
    request: ChangePaymentMethod, caller: Caller
) -> PaymentMethodChanged:
    """Remove a saved payment method; what recurs is not collected from it any more.

    One batched read, one commit and two calls to Stripe.

    Errors: `not-found` for one that is not the caller's, or not any more; `unavailable`.
    """
    return _changed("customers_remove_payment_method", request, caller, _detach)


@callable_function(limits=WRITES, secrets=SECRETS)
def customers_set_default_payment_method(
    request: ChangePaymentMethod, caller: Caller
) -> PaymentMethodChanged:
    """Let all that recurs be collected from a saved payment method.

    One batched read, one commit, three calls to Stripe and one for each running subscription.

    Errors: `not-found` for one that is not the caller's; `unavailable`, where some of what recurs
    may have changed already: call again.
    """
    return _changed("customers_set_default_payment_method", request, caller, gateway.set_default)


@callable_function(limits=WRITES, secrets=SECRETS)
def customers_open_portal(request: OpenPortal, caller: Caller) -> PortalOpened:  # noqa: ARG001  # it has no parameters
    """Open Stripe's own page for the caller's invoices, cards and subscriptions.

    One read and one call to Stripe. Nothing is written: each call opens another page.

    Errors: `failed-precondition` for who never paid by a saved card or monthly; `unavailable`.
    """
    kept = store.customers.get(caller.uid)
    if kept is None:
        raise FailedPreconditionError("There is nothing to manage yet.")
    place = f"{environment.web_url()}/account"
    return PortalOpened(portal_url=gateway.open_portal(kept.customer_id, return_url=place))


def _changed(
    name: str,
    request: ChangePaymentMethod,
    caller: Caller,
    change: "Callable[[str, str, str], None]",
) -> PaymentMethodChanged:
    """Carry out `change(customer_id, method_id, idempotency_key)` on the caller's own method."""
    operation = Operation.of(caller.uid, name, request)
    method_id = request.payment_method_id
    checked: list[str] = []

    def decide(
        seen: "tuple[Snapshot[Customer], ...]",
    ) -> "tuple[PaymentMethodChanged, Sequence[Write]]":
        kept = seen[0].value
        if kept is None or not method_id.startswith("pm_"):
            raise NotFoundError(_NO_METHOD)
        if not checked:  # after a removal whose commit conflicted it is nobody's
            gateway.require_method(kept.customer_id, method_id)
            checked.append(method_id)
        change(kept.customer_id, method_id, ids.digest(operation.id, "change"))
        return PaymentMethodChanged(payment_method_id=method_id), ()

    return once(operation, PaymentMethodChanged, reads=[customer.key(caller.uid)], decide=decide)


def _detach(_: str, method_id: str, idempotency_key: str) -> None:
    gateway.detach(method_id, idempotency_key)


def _view(found: StripeCustomer, method: StripePaymentMethod) -> PaymentMethodView:
    card, bank = method.card, method.us_bank_account
    return PaymentMethodView(
        payment_method_id=method.id,
        type=method.type,
        brand=card.brand if card else bank.bank_name if bank else None,
        last4=card.last4 if card else bank.last4 if bank else None,
        exp_month=card.exp_month if card else None,
        exp_year=card.exp_year if card else None,
        is_default=method.id == found.invoice_settings.default_payment_method,
    )
