"""The proxy before the Storage emulator, which by itself takes a second `create` as if new."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests
from google.api_core import exceptions
from google.cloud.storage import Client

from tests.support.patience import SOON_SECONDS


def objects(url):
    """Return a bucket as the real client library sees it at `url`."""
    endpoint = {"api_endpoint": url}
    client = Client(
        project="demo-evergrow", client_options=endpoint, use_auth_w_custom_endpoint=False
    )
    return client.bucket("proxied")


@pytest.fixture
def bucket(storage, surroundings):
    storage.reset()
    return objects(storage.environment()["STORAGE_API_BASE"])


@pytest.fixture
def name():
    return f"heads/{uuid4()} é.json"


def create(bucket, name, text):
    bucket.blob(name).upload_from_string(
        text, if_generation_match=0, retry=None, timeout=SOON_SECONDS
    )


def test_a_second_create_is_refused_and_the_first_one_stays(bucket, name):
    create(bucket, name, "first")
    with pytest.raises(exceptions.PreconditionFailed):
        create(bucket, name, "second")

    assert bucket.blob(name).download_as_bytes() == b"first"


def test_of_many_creates_at_once_one_succeeds(bucket, name):
    together = threading.Barrier(10)

    def attempt(number):
        together.wait()
        try:
            create(bucket, name, f"{number}")
        except exceptions.PreconditionFailed:
            return None
        return number

    with ThreadPoolExecutor(10) as pool:
        (winner,) = {n for n in pool.map(attempt, range(10)) if n is not None}

    assert bucket.blob(name).download_as_bytes() == f"{winner}".encode()


def test_a_replacement_of_what_is_not_there_any_more_is_refused(bucket, name):
    create(bucket, name, "first")
    blob = bucket.get_blob(name)
    first = blob.generation
    blob.upload_from_string("second", if_generation_match=first, retry=None, timeout=SOON_SECONDS)

    with pytest.raises(exceptions.PreconditionFailed):
        blob.upload_from_string(
            "third", if_generation_match=first, retry=None, timeout=SOON_SECONDS
        )
    with pytest.raises(exceptions.PreconditionFailed):
        blob.delete(if_generation_match=first, retry=None, timeout=SOON_SECONDS)
    assert bucket.blob(name).download_as_bytes() == b"second"
    blob.delete(
        if_generation_match=bucket.get_blob(name).generation, retry=None, timeout=SOON_SECONDS
    )
    assert not bucket.blob(name).exists()


def test_an_upload_of_the_simple_kind_keeps_the_condition_too(bucket, storage, name):
    url = f"{storage.environment()['STORAGE_API_BASE']}/upload/storage/v1/b/proxied/o"
    query = {"uploadType": "media", "name": name, "ifGenerationMatch": "0"}

    answers = [
        requests.post(url, params=query, data=text, timeout=SOON_SECONDS) for text in (b"1", b"2")
    ]

    assert [answer.status_code for answer in answers] == [200, 412]
    assert answers[1].json()["error"]["errors"][0]["reason"] == "conditionNotMet"


def test_the_emulator_by_itself_keeps_no_condition(emulators, monkeypatch, name):
    """While this holds, the proxy is needed."""
    import os

    bucket = objects(os.environ["STORAGE_EMULATOR_HOST"])
    create(bucket, name, "first")
    create(bucket, name, "second")

    assert bucket.blob(name).download_as_bytes() == b"second"


@pytest.mark.parametrize(
    "query",
    [
        {"uploadType": "resumable", "name": "a", "ifGenerationMatch": "0"},
        {"uploadType": "media", "name": "a", "ifMetagenerationMatch": "1"},
    ],
)
def test_a_condition_that_it_does_not_keep_is_refused(bucket, storage, query):
    url = f"{storage.environment()['STORAGE_API_BASE']}/upload/storage/v1/b/proxied/o"

    assert requests.post(url, params=query, data=b"", timeout=SOON_SECONDS).status_code == 501


def test_it_fails_as_it_is_told_to(bucket, storage, name):
    storage.inject({"method": "POST", "status": 503})
    with pytest.raises(exceptions.ServiceUnavailable):
        create(bucket, name, "never")
    assert not bucket.blob(name).exists()

    storage.inject({"method": "POST", "after": True})
    with pytest.raises(requests.ConnectionError):
        create(bucket, name, "stored")
    assert bucket.blob(name).download_as_bytes() == b"stored"
    storage.reset()
    assert not bucket.blob(name).exists()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({}, "needs status"),
        ({"status": 200}, "status"),
        ({"method": "HEAD", "status": 500}, "HEAD"),
    ],
)
def test_an_unknown_fault_of_storage_is_refused(storage, fault, message):
    with pytest.raises(ValueError, match=message.replace("HEAD", "method is none of")):
        storage.inject(fault)
