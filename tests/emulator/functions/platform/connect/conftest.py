"""Fixtures of the tests of connect."""

import pytest

from tests.support.giving import Giving
from tests.support.payees import Payees


@pytest.fixture
def payees(backend, stripe, set_clock):
    """Those who are paid."""
    return Payees(Giving(backend, stripe), set_clock)


@pytest.fixture
def earning(admin):
    """Return the document of an earning."""
    from app.platform.connect.models.documents import Earning

    def earning(earning_id):
        return Earning.model_validate(admin.document(f"earnings/{earning_id}").get().to_dict())

    return earning
