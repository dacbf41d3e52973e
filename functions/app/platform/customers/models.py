"""The `customers` document, a saved payment method, and the messages of the functions."""

from typing import Annotated

from pydantic import Field

from app.kit.model import DocumentId, IdempotencyKey, Instant, Message, Revised
from app.platform.stripe.models import StripeData, StripeId

MAX_METHODS = 20
"""How many saved payment methods a person is shown."""


class Customer(Revised):
    """`customers/{uid}`: the one customer at Stripe that stands for a person.

    Stripe learns names and cards from the person, on its own pages; from here it learns nothing.
    """

    customer_id: str
    created_at: Instant


class Card(StripeData):
    """A card, by what its holder knows it by."""

    brand: str
    last4: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    exp_month: int
    exp_year: int


class BankAccount(StripeData):
    """A bank account, by what its holder knows it by."""

    bank_name: str | None = None
    last4: str | None = None


class StripePaymentMethod(StripeData):
    """A payment method that a customer saved."""

    id: StripeId
    type: str
    card: Card | None = None
    us_bank_account: BankAccount | None = None


class InvoiceSettings(StripeData):
    """How a customer's invoices are paid."""

    default_payment_method: StripeId | None = None


class StripeCustomer(StripeData):
    """A customer."""

    id: StripeId
    invoice_settings: InvoiceSettings


class ListPaymentMethods(Message):
    """The request of `customers_list_payment_methods`."""


class PaymentMethodView(Message):
    """A saved payment method, as its holder sees it.

    Attributes:
        type: Stripe's name of its kind, such as `card`.
        brand: of a card its brand, of a bank account the bank's name.
        is_default: whether recurring payments are taken from it.
    """

    payment_method_id: DocumentId
    type: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None
    is_default: bool


class PaymentMethods(Message):
    """The response of `customers_list_payment_methods`, the latest saved first."""

    items: tuple[PaymentMethodView, ...]


class AddPaymentMethod(Message):
    """The request of `customers_add_payment_method`."""

    idempotency_key: IdempotencyKey


class SetupOpened(Message):
    """The response of `customers_add_payment_method`; the card is entered at `setup_url`."""

    setup_url: str


class ChangePaymentMethod(Message):
    """The request of functions that change one saved payment method."""

    idempotency_key: IdempotencyKey
    payment_method_id: DocumentId


class PaymentMethodChanged(Message):
    """The response of functions that change one saved payment method."""

    payment_method_id: DocumentId


class OpenPortal(Message):
    """The request of `customers_open_portal`."""


class PortalOpened(Message):
    """The response of `customers_open_portal`; the page is at `portal_url` for some minutes."""

    portal_url: str
