"""Ends a worker before any of its calls to Firestore, Firebase Auth, Storage or a queue."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from google.api_core.exceptions import ServiceUnavailable

COMMIT = "commit"
METHODS = {"batch_get_documents", "run_query", "run_aggregation_query", COMMIT}


class Killed(BaseException):
    """The process is gone: no handler of the code under test may notice."""


@dataclass
class Worker:
    """A worker and what befalls it.

    Attributes:
        dies_before: the number of the call, from 1, that it does not live to make; 0 for none.
        loses_answers: whether the answer to each of its commits is lost once.
        calls: what it called.
    """

    dies_before: int = 0
    loses_answers: bool = False
    calls: list[str] = field(default_factory=list)
    _lost: bool = False

    def call(self, name: str, send: Callable[[], Any]) -> Any:
        """Make a call, unless the worker is dead."""
        if self.dies_before and len(self.calls) + 1 >= self.dies_before:
            raise Killed
        self.calls.append(name)
        answer = send()
        if self.loses_answers and name.endswith(COMMIT):
            self._lost = not self._lost
            if self._lost:
                raise ServiceUnavailable("lost")  # type: ignore[no-untyped-call]
        return answer


class _Tap:
    """Stands in front of the client library's own API object."""

    def __init__(self, api: Any, database: str, worker: Worker) -> None:
        self._api, self._database, self._worker = api, database, worker

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._api, name)
        if name not in METHODS:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            def send() -> Any:
                answer = method(*args, **kwargs)
                return answer if name == COMMIT else iter(list(answer))

            return self._worker.call(f"{self._database} {name}", send)

        return call


@contextlib.contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    """Lead all calls of this thread through a worker; servers in other threads live on."""
    from app.kit import firestore  # reads the environment

    send = requests.Session.send
    clients = [firestore.client(name) for name in (firestore.DEFAULT, firestore.KEYS)]
    apis = [client._firestore_api for client in clients]  # noqa: SLF001  # below its retries

    here = threading.get_ident()

    def through(session: Any, request: Any, **options: Any) -> Any:
        if threading.get_ident() != here:
            return send(session, request, **options)
        name = f"{request.method} {request.url.partition('?')[0].rpartition('/')[2]}"
        return worker.call(name, lambda: send(session, request, **options))

    for client, api in zip(clients, apis, strict=True):
        client._firestore_api_internal = _Tap(api, client._database, worker)  # noqa: SLF001
    requests.Session.send = through  # type: ignore[method-assign,assignment]
    try:
        yield worker
    finally:
        requests.Session.send = send  # type: ignore[method-assign]
        for client, api in zip(clients, apis, strict=True):
            client._firestore_api_internal = api  # noqa: SLF001
