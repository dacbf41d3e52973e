"""The server under the stand-ins: routes, bodies, streams and connections that break."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.http import (
    MAX_BODY_BYTES,
    DroppedConnectionError,
    Request,
    Response,
    Route,
    Server,
    json_response,
)
from tests.support.patience import SOON_SECONDS, assert_within


def echo(request: Request) -> Response:
    return json_response({"parameters": request.parameters, "query": request.query})


def form(request: Request) -> Response:
    return json_response(request.form())


def parsed(request: Request) -> Response:
    return json_response(request.json())


def drop(request: Request) -> Response:
    raise DroppedConnectionError


def fail(request: Request) -> Response:
    raise LookupError("a defect")


def half_a_stream(request: Request) -> Response:
    def chunks() -> Iterator[bytes]:
        yield b"one"
        yield b""
        yield b"two"
        if "whole" not in request.query:
            raise DroppedConnectionError

    return Response(chunks(), content_type="text/plain")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Server(
        [
            Route("GET", "/v1/things/{thing}:{verb}", echo),
            Route("POST", "/form", form),
            Route("POST", "/json", parsed),
            Route("GET", "/drop", drop),
            Route("GET", "/fail", fail),
            Route("GET", "/stream", half_a_stream),
        ]
    ).start()
    yield server.url
    server.stop()


def test_a_route_hands_over_its_parts_and_the_query(url: str) -> None:
    reply = requests.get(f"{url}/v1/things/a%2Fb:count?limit=3", timeout=SOON_SECONDS)

    assert reply.json() == {
        "parameters": {"thing": "a/b", "verb": "count"},
        "query": {"limit": "3"},
    }


def test_a_form_keeps_order_repetition_and_empty_fields(url: str) -> None:
    reply = requests.post(
        f"{url}/form", data=[("b[0]", "1"), ("a", ""), ("b[0]", "é")], timeout=SOON_SECONDS
    )

    assert reply.json() == [["b[0]", "1"], ["a", ""], ["b[0]", "é"]]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", "/json", b"{", 400, id="half a JSON document"),
        pytest.param("POST", "/json", b"\xff", 400, id="not UTF-8"),
        pytest.param("POST", "/form", b"no pair", 400, id="not a form"),
        pytest.param("GET", "/elsewhere", b"", 404, id="unknown path"),
        pytest.param("DELETE", "/form", b"", 405, id="unknown method"),
    ],
)
def test_what_is_refused_says_why(
    url: str, method: str, path: str, body: bytes, status: int
) -> None:
    reply = requests.request(method, url + path, data=body, timeout=SOON_SECONDS)

    assert reply.status_code == status
    assert reply.json()["error"]["message"]


def test_a_body_over_the_limit_is_refused_unread(url: str) -> None:
    headers = {"Content-Length": str(MAX_BODY_BYTES + 1)}
    reply = requests.post(f"{url}/json", data=b"", headers=headers, timeout=SOON_SECONDS)

    assert reply.status_code == 413


def test_a_defect_is_a_500_that_shows_its_traceback(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert requests.get(f"{url}/fail", timeout=SOON_SECONDS).status_code == 500
    assert "LookupError: a defect" in capsys.readouterr().err


def test_a_dropped_connection_has_no_answer(url: str) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/drop", timeout=SOON_SECONDS)


def test_a_stream_comes_whole_or_visibly_broken(url: str) -> None:
    assert requests.get(f"{url}/stream?whole=1", timeout=SOON_SECONDS).text == "onetwo"
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{url}/stream", timeout=SOON_SECONDS)


def test_a_call_costs_no_delayed_acknowledgement(url: str) -> None:
    with requests.Session() as session:
        session.get(f"{url}/v1/things/a:b", timeout=SOON_SECONDS)
        assert_within(  # it would be 40 ms for each
            0.03, lambda: session.get(f"{url}/v1/things/a:b", timeout=SOON_SECONDS), tries=200
        )


def test_a_stopped_server_breaks_its_open_connections() -> None:
    server = Server([Route("GET", "/{path}", echo)]).start()
    with requests.Session() as session:
        session.get(f"{server.url}/here", timeout=SOON_SECONDS)
        server.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/here", timeout=SOON_SECONDS)
