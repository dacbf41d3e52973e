"""What keeps Stripe's catalogue of prices as ours."""

from app.kit import ids
from app.kit.triggers import schedule
from app.platform.stripe.gateway import SECRETS
from app.platform.subscriptions import gateway
from app.platform.subscriptions.models.plans import PriceKey
from app.platform.subscriptions.policy.plans import NAMES, PRICES


@schedule("every day 04:00", secrets=SECRETS)
def subscriptions_sync_catalogue() -> None:
    """Make the products and prices that Stripe lacks; again, it changes nothing.

    The amount of a price at Stripe never changes: where ours did, a new price takes the lookup key
    over, and who subscribed before goes on paying the old one. One call to Stripe, and one for
    each product and price that is made.
    """
    found = gateway.prices(list(PRICES))
    products = {PRICES[PriceKey(key)].plan: there.product for key, there in found.items()}
    for price in PRICES.values():
        there = found.get(price.key)
        if there is not None and there.unit_amount == price.unit_amount_cents:
            continue
        if price.plan not in products:
            key = ids.digest("product/v1", price.plan)
            products[price.plan] = gateway.make_product(NAMES[price.plan], key)
        # Named by the price that it replaces: an amount may come back to what it was.
        replaced = "" if there is None else there.id
        key = ids.digest("price/v1", price.key, str(price.unit_amount_cents), replaced)
        gateway.make_price(price, products[price.plan], key)
