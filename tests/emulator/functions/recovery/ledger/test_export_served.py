"""`ledger_export` over HTTP, by the server that runs it in the cloud: what a client sees."""

import http.client
import json
import socket

import pytest
import requests

from app.recovery.ledger.store import reading
from benchmarks.servers import MAIN, serving
from tests.support import ledgers
from tests.support.tokens import PROJECT

ENTRIES = 2 * reading.EXPORTED
"""So that a part of them is sent before the last one is read."""


@pytest.fixture
def size(admin):
    return len(ledgers.fill(ENTRIES))


@pytest.fixture
def url(size):
    with serving(MAIN, "ledger_export", {"GOOGLE_CLOUD_PROJECT": PROJECT}) as server:
        yield f"http://127.0.0.1:{server.port}/"


def get(url):
    return requests.get(url, params={"format": "jsonl"}, timeout=60)


def test_a_client_gets_all_of_it_in_chunks_or_sees_that_it_does_not(url, size, admin):
    whole = get(url)

    assert whole.headers["Transfer-Encoding"] == "chunked"
    indices = [json.loads(line)["index"] for line in whole.text.splitlines()]
    assert indices == list(range(size))
    assert whole.headers["Ledger-Last-Index"] == str(indices[-1])

    admin.document(f"ledger_entries/{reading.EXPORTED + 10}").delete()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(url)


def test_a_client_that_hangs_up_leaves_a_server_that_goes_on(url, size):
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"GET /?format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(15).startswith(b"HTTP/1.1 200")

    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("GET", "/?format=csv&size=1")
    assert connection.getresponse().read().count(b"\r\n") > 1
    connection.close()
