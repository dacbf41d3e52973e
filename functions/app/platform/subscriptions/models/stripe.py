"""The parts of Stripe's objects that changes of subscriptions look at."""

from app.kit.model import Cents
from app.platform.stripe.models import StripeData, StripeId


class CataloguePrice(StripeData):
    """A price in Stripe's catalogue."""

    id: StripeId
    lookup_key: str | None
    product: StripeId
    unit_amount: Cents | None
    currency: str


class RunningPrice(StripeData):
    """The price of a running subscription."""

    id: StripeId
    lookup_key: str | None


class Item(StripeData):
    """What a subscription is of."""

    id: StripeId
    price: RunningPrice
    quantity: int
    current_period_end: int


class Items(StripeData):
    """The items of a subscription; of ours there is one."""

    data: list[Item]


class Running(StripeData):
    """A subscription as it is at Stripe at this moment."""

    id: StripeId
    status: str
    items: Items
    cancel_at: int | None
    cancel_at_period_end: bool

    @property
    def item(self) -> Item:
        """What it is of."""
        (item,) = self.items.data
        return item

    @property
    def ends_at(self) -> int | None:
        """When it ends, if it was ended for a time to come."""
        return self.item.current_period_end if self.cancel_at_period_end else self.cancel_at


class SessionSubscription(StripeData):
    """A subscription that began on a Checkout page."""

    status: str


class Session(StripeData):
    """A Checkout page for a subscription, with that expanded."""

    id: StripeId
    status: str | None
    subscription: SessionSubscription | None


class Preview(StripeData):
    """The invoice that a change would bring."""

    total: int
    amount_due: Cents


class LastError(StripeData):
    """Why the last try to pay failed."""

    code: str | None = None
    decline_code: str | None = None


class Intent(StripeData):
    """What an invoice is paid by."""

    last_payment_error: LastError | None = None


class IntentPayment(StripeData):
    """How an invoice is paid, with the PaymentIntent expanded."""

    payment_intent: Intent | None = None


class InvoicePayment(StripeData):
    """A way in which an invoice is to be paid."""

    payment: IntentPayment
