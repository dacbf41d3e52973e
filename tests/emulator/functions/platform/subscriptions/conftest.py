"""A subscriber, Stripe with prices, and the platform."""

from datetime import UTC, datetime

import pytest

from tests.support.subscribing import Subscribing


@pytest.fixture
def subscribing(backend, stripe):
    """A subscriber and Stripe, whose catalogue is there."""
    subscribing = Subscribing(backend, stripe)
    subscribing.open()
    return subscribing


@pytest.fixture
def pass_time(subscribing, set_clock):
    """Let days pass at Stripe and here, let what happened arrive, and return the time."""

    def pass_time(days, *, arrive=True):
        at = subscribing.pass_time(days)
        set_clock(at)
        if arrive:
            subscribing.arrive()
        return at

    set_clock(datetime.now(UTC))
    return pass_time


@pytest.fixture
def mails(admin):
    """Return the templates of the mails that are queued, in the order of their kinds."""
    return lambda: sorted(
        mail.to_dict()["template"] for mail in admin.collection("outbox").stream()
    )
