"""Fixtures of the Stripe stand-in: one server for all tests, emptied before each."""

from collections.abc import Iterator

import pytest
import stripe

from sandbox.stripe.server import StripeStandIn
from tests.sandbox.stripe.shop import Endpoint, Shop
from tests.sandbox.stripe.subscribers import Club


@pytest.fixture(scope="session")
def running() -> Iterator[Shop]:
    endpoint, connect = Endpoint(), Endpoint()
    standin = StripeStandIn(webhook_url=endpoint.url, connect_webhook_url=connect.url).start()
    yield Shop(standin, endpoint, connect)
    standin.stop()
    endpoint.stop()
    connect.stop()


@pytest.fixture
def shop(running: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop without a past, whose SDK retries without much waiting."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    running.standin.reset()
    running.control("webhook_url", url=running.endpoint.url)
    running.control("connect_webhook_url", url=running.connect.url)
    running.endpoint.clear()
    running.connect.clear()
    return running


@pytest.fixture
def club(shop: Shop) -> Club:
    return Club(shop)
