"""Stripe's customers and what they saved."""

from __future__ import annotations

from app.kit.errors import FailedPreconditionError, NotFoundError
from app.platform.customers.models import (
    MAX_METHODS,
    StripeCustomer,
    StripePaymentMethod,
)
from app.platform.stripe.gateway import PAGE, calling

LIVE = frozenset({"active", "trialing", "past_due", "unpaid", "paused", "incomplete"})
"""The states of subscriptions that something may still be collected for."""


def create(idempotency_key: str) -> str:
    """Make a customer of whom Stripe is told nothing, and return its id.

    The same key leads to the same customer for a day.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        return client.v1.customers.create({}, {"idempotency_key": idempotency_key}).id


def delete(customer_id: str) -> None:
    """Delete a customer, if there is one: what recurs ends, and what was saved is gone.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    try:
        with calling() as client:
            client.v1.customers.delete(customer_id)
    except NotFoundError:
        return


def methods(customer_id: str) -> tuple[StripeCustomer, list[StripePaymentMethod]]:
    """Return a customer and the payment methods that are saved, the latest first. Two calls.

    Raises:
        NotFoundError: Stripe knows no such customer.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        customer = client.v1.customers.retrieve(customer_id)
        listed = client.v1.customers.payment_methods.list(customer_id, {"limit": MAX_METHODS})
        return StripeCustomer.model_validate(customer.to_dict()), [
            StripePaymentMethod.model_validate(method.to_dict()) for method in listed.data
        ]


def require_method(customer_id: str, method_id: str) -> None:
    """Refuse a payment method that is not this customer's.

    Raises:
        NotFoundError: it is somebody else's, or there is none.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        client.v1.customers.payment_methods.retrieve(customer_id, method_id)


def detach(method_id: str, idempotency_key: str) -> None:
    """Take a payment method away from its customer. Raises as `require_method`."""
    with calling() as client:
        client.v1.payment_methods.detach(method_id, {}, {"idempotency_key": idempotency_key})


def set_default(customer_id: str, method_id: str, idempotency_key: str) -> None:
    """Let a customer's invoices, and those of running subscriptions, be paid by a payment method.

    A subscription that began on Stripe's page has a payment method of its own, which would
    outweigh the customer's. Two calls, and one for each subscription.

    Raises:
        UnavailableError: Stripe does not answer; it may hold for some already.
    """
    with calling() as client:
        client.v1.customers.update(
            customer_id,
            {"invoice_settings": {"default_payment_method": method_id}},
            {"idempotency_key": idempotency_key},
        )
        listed = client.v1.subscriptions.list({"customer": customer_id, "limit": PAGE})
        for subscription in listed.auto_paging_iter():
            if subscription.status in LIVE:
                client.v1.subscriptions.update(
                    subscription.id,
                    {"default_payment_method": method_id},
                    {"idempotency_key": f"{idempotency_key}-{subscription.id}"},
                )


def open_setup(customer_id: str, *, success_url: str, cancel_url: str, idempotency_key: str) -> str:
    """Return the address of a page at Stripe where the customer saves a payment method.

    Raises:
        FailedPreconditionError: the page of this key is over.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        session = client.v1.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": customer_id,
                "currency": "usd",
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            {"idempotency_key": idempotency_key},
        )
    if session.url is None:
        raise FailedPreconditionError("This page is over. Start again.")
    return session.url


def open_portal(customer_id: str, *, return_url: str) -> str:
    """Return the address of a page at Stripe where the customer sees and changes what recurs.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        return client.v1.billing_portal.sessions.create(
            {"customer": customer_id, "return_url": return_url}
        ).url
