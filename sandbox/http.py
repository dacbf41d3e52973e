"""A small threaded HTTP/1.1 server for stand-ins: routes, bodies, streams, broken connections."""

import json
import re
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_BODY_BYTES = 8 << 20
POLL_SECONDS = 0.05
"""How long `stop` may wait for the accepting thread to notice."""


class RefusedError(Exception):
    """A request this server does not take. `Server.refuse` turns it into a response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class DroppedConnectionError(Exception):
    """Raised by a handler, or inside the stream it returned: the connection breaks off here."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are in lower case, `parameters` come from the route."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    parameters: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            RefusedError: it is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:  # also what is not UTF-8
            raise RefusedError(400, f"The body is not JSON: {error}.") from error

    def form(self) -> list[tuple[str, str]]:
        """Return the fields of a form, in order and with their repetitions.

        Raises:
            RefusedError: the body is not a form.
        """
        try:
            return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            if not self.body:
                return []
            raise RefusedError(400, f"The body is not a form: {error}.") from error


@dataclass(frozen=True)
class Response:
    """One HTTP response. A `body` that is an iterator is sent chunk by chunk, as it comes."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def json_response(value: Any, status: int = 200, **headers: str) -> Response:
    """Return `value` as JSON; `headers` are written with `_` for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(json.dumps(value).encode(), status, headers=named)


def html_response(page: str, status: int = 200) -> Response:
    """Return an HTML page."""
    return Response(page.encode(), status, "text/html; charset=utf-8")


def json_refusal(status: int, message: str) -> Response:
    """Return the refusal of servers that have no error format of their own."""
    return json_response({"error": {"code": status, "message": message}}, status)


type Handler = Callable[[Request], Response]


class Route:
    """A method, a path, and what answers. In the path, `{name}` stands for a part without `/`.

    `{rest}` stands for anything.
    """

    def __init__(self, method: str, path: str, handler: Handler) -> None:
        pieces = re.split(r"\{(\w+)\}", path)
        self.method = method
        self.handler = handler
        self.pattern = re.compile(
            "".join(
                f"(?P<{piece}>{'.*' if piece == 'rest' else '[^/]+'})"
                if index % 2
                else re.escape(piece)
                for index, piece in enumerate(pieces)
            )
        )


class Server:
    """An HTTP server on the loopback address. Unknown paths get 404, unknown methods 405.

    Args:
        routes: tried in order.
        port: 0 takes a free one.
        refuse: makes the response for a status and a message, in the API's own error format.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        port: int = 0,
        refuse: Callable[[int, str], Response] = json_refusal,
    ) -> None:
        self._routes = routes
        self._refuse = refuse
        self._listener = _Listener(port, self._answer)
        self.url = f"http://127.0.0.1:{self._listener.server_port}"

    def start(self) -> Self:
        """Answer requests in threads of their own."""
        serve = self._listener.serve_forever
        threading.Thread(target=serve, args=(POLL_SECONDS,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and break the connections that are open."""
        self._listener.shutdown()
        self._listener.server_close()
        self._listener.close_connections()

    def _answer(self, request: Request) -> Response:
        try:
            return self._handler(request)(request)
        except RefusedError as refusal:
            return self._refuse(refusal.status, str(refusal))
        except DroppedConnectionError:
            raise
        except Exception:  # noqa: BLE001  # a defect here must not look like a network fault
            traceback.print_exc(file=sys.stderr)
            return self._refuse(500, "The stand-in itself failed; its error output says why.")

    def _handler(self, request: Request) -> Handler:
        methods = set()
        for route in self._routes:
            if match := route.pattern.fullmatch(request.path):
                if route.method == request.method:
                    request.parameters.update(
                        {name: unquote(text) for name, text in match.groupdict().items()}
                    )
                    return route.handler
                methods.add(route.method)
        if methods:
            raise RefusedError(405, f"{request.path} takes {', '.join(sorted(methods))}.")
        raise RefusedError(404, f"There is nothing at {request.path}.")


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Handler) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.answer = answer
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Break what is open, so that no client keeps talking to a server that is gone."""
        with self._lock:
            for connection in self._open:
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up, which is part of what stand-ins are for."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    wbufsize = -1  # a packet per header and Nagle's algorithm cost 40 ms a call

    def _serve(self) -> None:
        try:
            self._send(self.server.answer(self._request()))
        except DroppedConnectionError:
            self.close_connection = True
        except RefusedError as refusal:  # the body was not read: nothing after it makes sense
            self.close_connection = True
            self._send(json_refusal(refusal.status, str(refusal)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815  # the names http.server calls

    def _request(self) -> Request:
        if "Transfer-Encoding" in self.headers:
            raise RefusedError(411, "Send a Content-Length.")
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            raise RefusedError(400, "Content-Length is not a number.")
        if int(length) > MAX_BODY_BYTES:
            raise RefusedError(413, f"A body may have {MAX_BODY_BYTES} bytes.")
        url = urlsplit(self.path)
        return Request(
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): text for name, text in self.headers.items()},
            body=self.rfile.read(int(length)),
        )

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, text in response.headers.items():
            self.send_header(name, text)
        if isinstance(response.body, bytes):
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        for chunk in response.body:
            if chunk:  # an empty one would end the body
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        """Keep quiet; the status page tells what was called."""
