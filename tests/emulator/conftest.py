"""The backend and everything around it, watched."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def witness(admin, queues, stripe):
    from tests.support.witness import Witness

    return Witness(queues)


@pytest.fixture
def services(kms, model, stripe, queues, inbox):
    return SimpleNamespace(kms=kms, model=model, stripe=stripe, queues=queues, inbox=inbox)
