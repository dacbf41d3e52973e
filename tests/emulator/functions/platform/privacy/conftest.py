"""People who ask for their data, and the file that they get."""

import io
import json
import os
import zipfile
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

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
    """No file is left of the test before."""
    from app.platform.privacy import gateway

    for blob in gateway._bucket().list_blobs():  # noqa: SLF001  # nobody else empties it
        blob.delete()


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
        return requests.get(url, params={"alt": "media"}, headers=headers, timeout=10)

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
