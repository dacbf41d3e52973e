"""People who ask for their data, or to be erased."""

import io
import json
import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from tests.support.leaver import delete_files, settle_in
from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT, id_token

BUCKET = f"{PROJECT}.appspot.com"


@dataclass(frozen=True)
class Files:
    """The files of an export."""

    zip: zipfile.ZipFile

    @property
    def names(self):
        return set(self.zip.namelist())

    def text(self, name):
        return self.zip.read(name).decode()

    def json(self, name):
        return json.loads(self.zip.read(name))

    @property
    def everything(self):
        return "\n".join(self.text(name) for name in sorted(self.names))


@pytest.fixture(autouse=True)
def empty_bucket(admin):
    """No file is left of the test before, nor to the tests after."""
    delete_files()
    yield
    delete_files()


@pytest.fixture
def request_export(call):
    """Ask for an export, as somebody who has just signed in."""

    def request_export(uid="ann", **claims):
        return call("privacy_export", {"idempotencyKey": str(uuid4())}, uid=uid, **claims)

    return request_export


@pytest.fixture
def get_export(call):
    return lambda uid="ann": call("privacy_get_export", {}, uid=uid)


@pytest.fixture
def download():
    """Download a file as the Firebase SDK does; return the HTTP answer."""

    def download(path, uid):
        headers = {} if uid is None else {"Authorization": f"Bearer {id_token(uid)}"}
        url = f"{os.environ['STORAGE_EMULATOR_HOST']}/v0/b/{BUCKET}/o/{quote(path, safe='')}"
        return requests.get(url, params={"alt": "media"}, headers=headers, timeout=SOON_SECONDS)

    return download


@pytest.fixture
def gather(backend, request_export, get_export):
    """Let somebody ask for an export and have it gathered; return what they are told then."""

    def gather(uid="ann"):
        request_export(uid)
        backend.run_tasks()
        return get_export(uid)

    return gather


@pytest.fixture
def export(gather, download):
    """Export everything about a person; return the files of the ZIP that they download."""

    def export(uid="ann"):
        view = gather(uid)
        assert view["state"] == "ready", view
        answer = download(view["path"], uid)
        assert answer.status_code == 200
        assert len(answer.content) == view["sizeBytes"]
        return Files(zipfile.ZipFile(io.BytesIO(answer.content)))

    return export


@pytest.fixture
def at(set_clock):
    """Set the time to so much after the beginning of the test."""
    start = datetime.now(UTC)

    def at(later=timedelta(0)):
        set_clock(start + later)
        return start + later

    at()
    return at


@pytest.fixture
def someone(backend, at):
    """Return the uid of somebody new, of whom there is something everywhere."""

    def someone():
        uid = f"uid{token_hex(12)}"
        settle_in(uid, at())
        return uid

    return someone


@pytest.fixture
def run(backend):
    """Run the sweep, and what it queues."""

    def run():
        backend.tick("privacy_sweep_erasures")
        backend.run_tasks()

    return run
