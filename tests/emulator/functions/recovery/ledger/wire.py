"""A tap on the calls between the Firestore client and Firestore: counts them, and can cut them."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from app.kit import firestore

READ, QUERY, COMMIT = "batch_get_documents", "run_query", "commit"


class Tap:
    """Stands in front of the client library's own API object."""

    def __init__(self, api: Any, around: Callable[[str, Callable[[], Any]], Any]) -> None:
        self._api = api
        self._around = around

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._api, name)
        if name not in {READ, QUERY, COMMIT}:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            def send() -> Any:
                answer = method(*args, **kwargs)
                return answer if name == COMMIT else iter(list(answer))

            return self._around(name, send)

        return call


@contextlib.contextmanager
def tapped(around: Callable[[str, Callable[[], Any]], Any]) -> Iterator[None]:
    """Lead every call to the default database through `around(method, send)`."""
    client = firestore.client(firestore.DEFAULT)
    api = client._firestore_api  # noqa: SLF001  # the one seam below the retries of the client
    client._firestore_api_internal = Tap(api, around)  # noqa: SLF001
    try:
        yield
    finally:
        client._firestore_api_internal = api  # noqa: SLF001


@contextlib.contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the calls to the default database by method."""
    calls: Counter[str] = Counter()

    def count(method: str, send: Callable[[], Any]) -> Any:
        calls[method] += 1
        return send()

    with tapped(count):
        yield calls
