"""The product's web client in Python, over HTTP alone: what the demo and end-to-end tests drive."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

PROJECT = "demo-evergrow"
TERMS_VERSION = "2026-12-01"
TIMEOUT_SECONDS = 180.0  # the emulator's first call of a function starts its process
POLL_SECONDS = 0.2


class CallError(Exception):
    """What the backend refused, as its client sees it."""

    def __init__(self, http_status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('status')}: {error.get('message')}")
        self.http_status = http_status
        self.status: str = error.get("status", "")
        self.details: Any = error.get("details")


@dataclass
class WebClient:
    """One visitor's browser; signed in once `token` is there."""

    token: str | None = None
    uid: str | None = None
    refresh_token: str | None = None

    @classmethod
    def sign_up(cls, email: str, password: str, name: str) -> "WebClient":
        """Return the browser of a new person, of age and under the terms, signed in."""
        fields = {"email": email, "password": password, "displayName": name}
        answer = _identity("accounts:signUp", {**fields, "returnSecureToken": True})
        browser = cls(answer["idToken"], answer["localId"], answer["refreshToken"])
        browser.accept_terms()
        return browser

    def accept_terms(self, birth_date: str = "1990-05-01") -> None:
        """Accept the terms of use in force, and get a token that says so."""
        terms = {"termsVersion": TERMS_VERSION, "birthDate": birth_date}
        self.call("accounts_accept_terms", idempotencyKey=new_key(), **terms)
        self.refresh()

    def refresh(self) -> None:
        """Get a new token for the same session."""
        host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
        url = f"http://{host}/securetoken.googleapis.com/v1/token?key=demo"
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        answer = requests.post(url, form, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        self.token = answer.json()["id_token"]

    @classmethod
    def sign_in(cls, email: str, password: str) -> "WebClient":
        """Return the browser of a person who has an account."""
        fields = {"email": email, "password": password, "returnSecureToken": True}
        answer = _identity("accounts:signInWithPassword", fields)
        return cls(answer["idToken"], answer["localId"], answer["refreshToken"])

    def call(self, function: str, **data: Any) -> Any:
        """Call a callable and return its result.

        Raises:
            CallError: it was refused.
        """
        answer = requests.post(
            function_url(function),
            json={"data": data},
            headers=self._headers(),
            timeout=TIMEOUT_SECONDS,
        )
        return _result(answer)["result"]

    def get(self, function: str, **query: Any) -> Any:
        """Read from a public function.

        Raises:
            CallError: it was refused.
        """
        return _result(requests.get(function_url(function), query, timeout=TIMEOUT_SECONDS))

    def document(self, path: str) -> dict[str, Any] | None:
        """Return a document as the security rules let this person see it, or None."""
        host = os.environ["FIRESTORE_EMULATOR_HOST"]
        url = f"http://{host}/v1/projects/{PROJECT}/databases/(default)/documents/{path}"
        answer = requests.get(url, headers=self._headers(), timeout=TIMEOUT_SECONDS)
        if answer.status_code in {requests.codes.forbidden, requests.codes.not_found}:
            return None
        answer.raise_for_status()
        fields = answer.json()["fields"]
        return {name: next(iter(value.values())) for name, value in fields.items()}

    def _headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


def pay(checkout_url: str, payment_method: str = "pm_card_visa") -> requests.Response:
    """Pay on the hosted page as a donor with a browser would, and return where it leads."""
    form = {
        "action": "pay",
        "payment_method": payment_method,
        "email": "donor@example.org",
        "name": "A Donor",
    }
    return requests.post(checkout_url, form, allow_redirects=False, timeout=TIMEOUT_SECONDS)


def until[T](look: Callable[[], T | None], seconds: float = TIMEOUT_SECONDS) -> T:
    """Return what `look` finds, as soon as it finds something.

    Raises:
        TimeoutError: it finds nothing in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"Nothing after {seconds} s.")


def new_key() -> str:
    """Return a new idempotency key."""
    return str(uuid4())


def function_url(function: str) -> str:
    """Return the address of a function."""
    return f"{os.environ['FUNCTIONS_BASE_URL']}/{function}"


def _identity(method: str, body: dict[str, Any]) -> Any:
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    url = f"http://{host}/identitytoolkit.googleapis.com/v1/{method}?key=demo"
    answer = requests.post(url, json=body, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.json()


def _result(answer: requests.Response) -> Any:
    body = answer.json()
    if "error" in body:
        raise CallError(answer.status_code, body["error"])
    return body
