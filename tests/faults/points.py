"""Every call from the ledger to Firestore, Storage, KMS and witnesses as a point of a schedule."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from google.api_core.exceptions import ServiceUnavailable

from app.platform.kms import gateway as kms

type Send = Callable[[], Any]
type Around = Callable[[Send], Any]
type Http = Callable[[requests.Session, requests.PreparedRequest, dict[str, Any]], Any]


class Signer:
    """Stands in front of the client of KMS, and keeps what it was given to sign.

    Args:
        client: the client.
        around: makes a call when its turn comes.
        signed: is told of what was signed, whatever becomes of the answer.
    """

    def __init__(self, client: Any, around: Around, signed: Callable[[str], None]) -> None:
        self._client, self._around, self._signed = client, around, signed

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**asked: Any) -> Any:
            def send() -> Any:
                answer = method(**asked)
                if name == "asymmetric_sign":
                    self._signed(asked["request"]["data"].decode())
                return answer

            return self._around(send)

        return call


@contextlib.contextmanager
def outside(
    monkeypatch: pytest.MonkeyPatch,
    around: Around,
    signed: Callable[[str], None],
    *,
    client: Any,
    http: Http,
) -> Iterator[None]:
    """Lead the calls to KMS and over HTTP through `around`; those to Firestore have a tap.

    Args:
        monkeypatch: undoes it in the end.
        around: makes a call when its turn comes; raises `ServiceUnavailable` for a lost answer.
        signed: is told of each text that the log's key signed.
        client: of KMS.
        http: sends a request over HTTP.
    """

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> Any:
        try:
            return around(lambda: http(session, request, options))
        except ServiceUnavailable as error:
            raise requests.ConnectionError("answer lost") from error

    with monkeypatch.context() as patch:
        signer = Signer(client, around, signed)
        patch.setattr(kms, "_client", lambda: signer)
        patch.setattr(requests.Session, "send", send)
        yield
