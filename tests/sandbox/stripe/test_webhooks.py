"""Webhook deliveries: signed, retried, and wrong on request."""

import time

import pytest
import stripe

from tests.sandbox.stripe.shop import Shop
from tests.support.patience import SOON_SECONDS, until


def verified(shop: Shop, delivery: tuple[str, bytes], *, secret: int = 0) -> stripe.Event:
    signature, body = delivery
    event: stripe.Event = stripe.Webhook.construct_event(body, signature, shop.secrets[secret])
    return event


def make(shop: Shop, count: int = 1) -> list[str]:
    """Cause one event for each new customer and return the customers' ids."""
    return [shop.v1.customers.create({"name": "Zoë"}).id for _ in range(count)]


def test_a_delivery_is_signed_over_its_bytes(shop: Shop) -> None:
    (customer,) = make(shop)
    shop.endpoint.until_type("customer.created")

    (delivery,) = shop.endpoint.deliveries()

    event = verified(shop, delivery)
    assert event.data.object["id"] == customer
    assert "Zoë".encode() in delivery[1]
    with pytest.raises(stripe.SignatureVerificationError):
        verified(shop, (delivery[0], delivery[1] + b" "))
    with pytest.raises(stripe.SignatureVerificationError):
        verified(shop, delivery, secret=1)


def test_a_refused_delivery_is_tried_again(shop: Shop) -> None:
    shop.endpoint.answers = [500, 400]
    make(shop)

    received = shop.endpoint.until(lambda events: len(events) == 3)

    assert len({event["id"] for event in received}) == 1
    attempts = deliveries_after(shop, 3)
    assert [(d["attempt"], d["status"]) for d in attempts] == [(1, 500), (2, 400), (3, 200)]
    assert {d["type"] for d in attempts} == {"customer.created"}


def deliveries_after(shop: Shop, count: int) -> list[dict[str, object]]:
    """Wait until the stand-in has noted so many answers."""

    def enough() -> list[dict[str, object]] | None:
        found: list[dict[str, object]] = shop.control("deliveries")
        return found if len(found) >= count else None

    return until(enough)


def test_an_endpoint_that_is_down_is_tried_again(shop: Shop) -> None:
    shop.control("webhook_url", url="http://127.0.0.1:9/hooks")
    make(shop)
    assert deliveries_after(shop, 1)[0]["status"] is None

    shop.control("webhook_url", url=shop.endpoint.url)

    shop.endpoint.until_type("customer.created")


def test_without_an_endpoint_nothing_is_sent_until_asked(shop: Shop) -> None:
    shop.control("webhook_url", url=None)
    make(shop)
    assert shop.standin.status()["deliveriesWaiting"] == 0

    shop.control("webhook_url", url=shop.endpoint.url)
    shop.control("redeliver")

    shop.endpoint.until_type("customer.created")


def test_a_duplicate(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_duplicate", "copies": 3})
    make(shop)

    received = shop.endpoint.until_type("customer.created", 3)

    assert len({event["id"] for event in received}) == 1


def test_a_twin_is_one_change_in_two_events(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_twin", "match": "customer.*"})
    make(shop)

    first, second = shop.endpoint.until_type("customer.created", 2)

    assert first["id"] != second["id"]
    assert first["data"] == second["data"]
    assert len(shop.v1.events.list().data) == 2


def test_a_dropped_event_is_only_listed(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_drop"})
    lost, sent = make(shop, 2)

    (received,) = shop.endpoint.until_type("customer.created")

    assert received["data"]["object"]["id"] == sent
    listed = [event.data.object["id"] for event in shop.v1.events.list().data]
    assert listed == [sent, lost]


def test_a_delayed_event_comes_after_the_next(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_delay", "seconds": 3600})
    _, prompt = make(shop, 2)

    (received,) = shop.endpoint.until_type("customer.created")

    assert received["data"]["object"]["id"] == prompt
    assert until(lambda: shop.standin.status()["deliveriesWaiting"] == 1)


def test_a_delayed_event_comes_in_the_end(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_delay", "seconds": 0.1})
    (customer,) = make(shop)

    (received,) = shop.endpoint.until_type("customer.created")

    assert received["data"]["object"]["id"] == customer


def test_held_events_come_backwards(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_reorder", "count": 3})
    made = make(shop, 3)

    received = shop.endpoint.until_type("customer.created", 3)

    assert [event["data"]["object"]["id"] for event in received] == made[::-1]


@pytest.mark.parametrize("kind", ["webhook_bad_signature", "webhook_stale"])
def test_a_wrong_delivery_is_repeated_rightly(shop: Shop, kind: str) -> None:
    shop.standin.inject({"kind": kind})
    shop.endpoint.answers = [400]
    make(shop)
    shop.endpoint.until_type("customer.created", 2)

    wrong, right = shop.endpoint.deliveries()

    with pytest.raises(stripe.SignatureVerificationError):
        verified(shop, wrong)
    assert verified(shop, right).type == "customer.created"


def test_a_delivery_from_the_future(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_future", "seconds": 1000})
    make(shop)
    shop.endpoint.until_type("customer.created")

    (delivery,) = shop.endpoint.deliveries()

    stamped = int(delivery[0].partition(",")[0].removeprefix("t="))
    assert 1000 - SOON_SECONDS < stamped - time.time() <= 1000
    assert verified(shop, delivery).type == "customer.created"  # the SDK accepts it


def test_a_delivery_signed_with_the_other_secret(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_second_secret"})
    make(shop)
    shop.endpoint.until_type("customer.created")

    (delivery,) = shop.endpoint.deliveries()

    assert verified(shop, delivery, secret=1).type == "customer.created"


def test_the_advanced_clock_leaves_signatures_alone(shop: Shop) -> None:
    shop.control("clock", advanceSeconds=86_400)
    make(shop)
    shop.endpoint.until_type("customer.created")

    event = verified(shop, shop.endpoint.deliveries()[0])

    assert event.created > time.time() + 86_000


def test_a_fault_waits_for_its_match_and_its_times(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_drop", "match": "product.*", "times": 2})
    make(shop)
    for name in ("a", "b", "c"):
        shop.v1.products.create({"name": name})

    shop.endpoint.until(lambda events: len(events) == 2)

    (product,) = shop.endpoint.until_type("product.created")
    assert product["data"]["object"]["name"] == "c"


def test_everything_again_in_another_order(shop: Shop) -> None:
    made = make(shop, 6)
    shop.endpoint.until_type("customer.created", 6)

    def again(**body: object) -> list[str]:
        shop.endpoint.clear()
        shop.control("redeliver", **body)
        events = shop.endpoint.until_type("customer.created", 6)
        return [event["data"]["object"]["id"] for event in events]

    assert again() == made
    assert again(seed=1) == again(seed=1) != made
    first = shop.v1.events.list().data[-1]
    shop.endpoint.clear()
    shop.control("redeliver", eventId=first.id)
    assert shop.endpoint.until_type("customer.created")[0]["id"] == first.id
