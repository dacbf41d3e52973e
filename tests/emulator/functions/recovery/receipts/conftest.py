"""A donor with an address, and a gift of hers."""

import contextlib
from uuid import uuid4

import pytest
from firebase_admin import auth


@pytest.fixture
def receipting(backend, inbox, admin, stripe):
    from tests.support.giving import Giving
    from tests.support.receipting import ADDRESS, Receipting

    with contextlib.suppress(auth.UidAlreadyExistsError):
        auth.create_user(uid="ann")
    auth.update_user("ann", email=ADDRESS)
    gift = Giving(backend, stripe).checkout("ann")["donationId"]
    yield Receipting(backend, inbox, admin, gift=gift)
    auth.delete_user("ann")


@pytest.fixture
def named(receipting):
    """The same, when she has told her name."""
    data = {"idempotencyKey": str(uuid4()), "firstName": "Ann", "lastName": "Núñez"}
    receipting.backend.call("profiles_update", data, uid="ann")
    return receipting
