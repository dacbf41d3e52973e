"""What tests of recurring money share: a plan, a subscriber, the passing of days."""

from typing import Any

import stripe

from tests.sandbox.stripe.shop import Shop

DAY = 86_400
HOUR = 3600


class Club:
    """A shop that sells subscriptions."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.v1 = shop.v1
        self.product = shop.v1.products.create({"name": "Premium"}).id

    def price(self, cents: int = 1000, interval: str = "month", count: int = 1, **more: Any) -> str:
        params: Any = {
            "product": self.product,
            "currency": "usd",
            "unit_amount": cents,
            "recurring": {"interval": interval, "interval_count": count},
            **more,
        }
        return self.v1.prices.create(params).id

    def customer(self, method: str | None = "pm_card_visa", **more: Any) -> str:
        params: Any = {"email": "a@b.test", **more}
        customer = self.v1.customers.create(params).id
        if method is not None:
            self.use(customer, method)
        return customer

    def use(self, customer: str, method: str) -> str:
        """Save a card and let it pay the customer's invoices."""
        saved = self.v1.payment_methods.attach(method, {"customer": customer}).id
        self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": saved}})
        return saved

    def subscribe(self, customer: str, price: str, **more: Any) -> stripe.Subscription:
        params: Any = {"customer": customer, "items": [{"price": price}], **more}
        return self.v1.subscriptions.create(params)

    def get(self, subscription: str) -> stripe.Subscription:
        return self.v1.subscriptions.retrieve(subscription)

    def invoices(self, subscription: str) -> list[stripe.Invoice]:
        """Return a subscription's invoices, oldest first."""
        listed = self.v1.invoices.list({"subscription": subscription, "limit": 100})
        return listed.data[::-1]

    def now(self) -> int:
        return int(self.shop.control("status")["now"])

    def until(self, moment: int) -> None:
        """Let time pass until a Unix time."""
        self.shop.control("clock", advanceSeconds=max(0, moment - self.now()))

    def days(self, days: float) -> None:
        self.shop.control("clock", advanceSeconds=days * DAY)

    def types(self, *prefixes: str) -> list[str]:
        """Return the types of the events so far, oldest first."""
        events = self.v1.events.list({"limit": 100}).auto_paging_iter()
        return [str(e.type) for e in events if e.type.startswith(prefixes)][::-1]


def ends(subscription: stripe.Subscription) -> int:
    """Return when the current period ends."""
    item: Any = subscription.to_dict()["items"]["data"][0]
    return int(item["current_period_end"])


def item_of(subscription: stripe.Subscription) -> str:
    """Return the id of the only item."""
    (item,) = subscription.to_dict()["items"]["data"]
    return str(item["id"])
