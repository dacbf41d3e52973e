"""Fixtures of the tests of donations."""

import pytest

from tests.support.giving import Giving


@pytest.fixture
def giving(backend, stripe):
    """A donor, Stripe and the platform."""
    return Giving(backend, stripe)
