"""Fixtures of the tests that need the emulators, each started when the first test asks for it.

They import when they run, since unit tests load this module too.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from sandbox.kms.server import KmsStandIn
    from sandbox.model.server import ModelStandIn
    from sandbox.smtp import SmtpInbox
    from sandbox.standin import StandIn
    from sandbox.storage import StorageProxy
    from sandbox.stripe.server import StripeStandIn
    from sandbox.witness import WitnessStandIn
    from tests.support.backend import Backend
    from tests.support.queue import TaskQueues

DATABASES = ("(default)", "keys")
NEEDED = ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")


@pytest.fixture(scope="session")
def emulators() -> None:
    """The Firebase emulators."""
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        pytest.fail(f"{', '.join(missing)} not set: run `make test`.")


@pytest.fixture(scope="session")
def kms() -> "Iterator[KmsStandIn]":
    """Cloud KMS."""
    from sandbox.kms.server import KmsStandIn

    stand_in = KmsStandIn().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def model() -> "Iterator[ModelStandIn]":
    """The model."""
    from sandbox.model.server import ModelStandIn

    stand_in = ModelStandIn().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def stripe() -> "Iterator[StripeStandIn]":
    """Stripe. No webhook address is set: tests deliver events themselves."""
    from sandbox.stripe.server import StripeStandIn

    stand_in = StripeStandIn().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def storage(emulators: None) -> "Iterator[StorageProxy]":
    """Cloud Storage: the emulator, with preconditions."""
    from sandbox.storage import StorageProxy

    proxy = StorageProxy(os.environ["STORAGE_EMULATOR_HOST"]).start()
    yield proxy
    proxy.stop()


@pytest.fixture(scope="session")
def cosigner(kms: "KmsStandIn") -> "Iterator[WitnessStandIn]":
    """A witness of the ledger's log."""
    from sandbox.witness import WitnessStandIn

    stand_in = WitnessStandIn(kms.log_keys).start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def inbox() -> "Iterator[SmtpInbox]":
    """The mail server."""
    from sandbox.smtp import SmtpInbox

    stand_in = SmtpInbox().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def queues() -> "Iterator[TaskQueues]":
    """Cloud Tasks."""
    from tests.support.queue import TaskQueues

    queues = TaskQueues().start()
    yield queues
    queues.stop()


@pytest.fixture(scope="session")
def stand_ins(  # noqa: PLR0913, PLR0917  # all there are
    kms: "KmsStandIn",
    model: "ModelStandIn",
    inbox: "SmtpInbox",
    storage: "StorageProxy",
    stripe: "StripeStandIn",
    cosigner: "WitnessStandIn",
) -> "tuple[StandIn, ...]":
    """All of the sandbox that the backend talks to."""
    return kms, model, inbox, storage, stripe, cosigner


@pytest.fixture(scope="session")
def surroundings(stand_ins: "tuple[StandIn, ...]", queues: "TaskQueues") -> None:
    """The environment variables of a function in the emulator, led to this process's stand-ins."""
    os.environ.update(
        {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "FUNCTIONS_EMULATOR": "true",
            "CLOUD_TASKS_EMULATOR_HOST": queues.address,
        }
    )
    for stand_in in stand_ins:
        os.environ.update(stand_in.environment())


@pytest.fixture
def admin(surroundings: None, stand_ins: "tuple[StandIn, ...]", queues: "TaskQueues") -> "Client":
    """A client that rules do not apply to; databases, accounts and stand-ins are as new."""
    from google.cloud.firestore import Client

    renew(stand_ins, queues)
    return Client(project=PROJECT)


@pytest.fixture
def backend(admin: "Client", queues: "TaskQueues") -> "Backend":
    """Every way into the backend, on empty databases."""
    from tests.support.backend import Backend

    return Backend(queues)


@pytest.fixture
def call(backend: "Backend") -> Callable[..., Any]:
    """Call a callable: `call(name, data, uid=...)`."""
    return backend.call


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stop the clock at a moment."""
    from app.kit import clock

    return lambda at: monkeypatch.setattr(clock, "now", lambda: at)


def renew(stand_ins: "tuple[StandIn, ...]", queues: "TaskQueues") -> None:
    """Forget all that was stored, here and in the stand-ins."""
    from app.kit import limits
    from app.platform.limits import store as limit_store
    from app.platform.records import vault

    clear_databases()
    requests.delete(accounts_url(), timeout=SOON_SECONDS).raise_for_status()
    for stand_in in stand_ins:
        stand_in.reset()
    queues.reset()
    vault.keyring.forget()
    limits.buckets.forget()
    limit_store.forget()


def clear_databases() -> None:
    """Delete all documents of both databases."""
    for database in DATABASES:
        requests.delete(f"{emulator_url(database)}/documents", timeout=60).raise_for_status()


def emulator_url(database: str) -> str:
    """Return the emulator's own address of a database."""
    host = os.environ["FIRESTORE_EMULATOR_HOST"]
    return f"http://{host}/emulator/v1/projects/{PROJECT}/databases/{database}"


def accounts_url() -> str:
    """Return the Auth emulator's own address of all accounts."""
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    return f"http://{host}/emulator/v1/projects/{PROJECT}/accounts"
