"""The API as the SDK sees it: keys, versions, parameters, idempotency, errors, faults."""

import hmac
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.http import DroppedConnectionError, Request, Response, Route, json_response
from sandbox.standin import Faults, Pauses
from sandbox.stripe.account import API_VERSION, Account
from sandbox.stripe.connect import accounts
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.faults import StripeFault, take
from sandbox.stripe.idempotency import IdempotencyKeys
from sandbox.stripe.params import Json, Schema, decode, parse

type Operate = Callable[[Account, dict[str, str], Json], Json]


@dataclass(frozen=True)
class Operation:
    """One endpoint: what it takes and what it does with the ids in its path."""

    method: str
    path: str
    schema: Schema
    operate: Operate


@dataclass(frozen=True)
class Call:
    """A request to an operation on an account, with what was sent and the idempotency key."""

    account: Account
    operation: Operation
    request: Request
    sent: Json
    key: str | None
    request_id: str


def stripe_refusal(status: int, message: str) -> Response:
    """Return an error of the HTTP layer in Stripe's shape."""
    return json_response({"error": {"message": message, "type": "invalid_request_error"}}, status)


class Api:
    """Answers requests to the operations, one at a time."""

    def __init__(self, account: Account, faults: Faults[StripeFault], api_key: str) -> None:
        self._calls: list[Json] = []
        self._account = account
        self._faults = faults
        self._pauses = Pauses()
        self._api_key = api_key
        self._keys: defaultdict[str | None, IdempotencyKeys] = defaultdict(IdempotencyKeys)

    def route(self, operation: Operation) -> Route:
        """Return the route that serves `operation`."""
        return Route(
            operation.method, operation.path, lambda request: self._answer(operation, request)
        )

    def recorded(self) -> list[Json]:
        """Return every request: method, path, parameters as sent, idempotency key, account."""
        with self._account.lock:
            return list(self._calls)

    def reset(self) -> None:
        """Forget the calls and the idempotency keys; calls that are kept waiting do nothing."""
        self._pauses.end()
        self._calls.clear()
        self._keys.clear()

    def _answer(self, operation: Operation, request: Request) -> Response:
        request_id = self._account.new_id("req_")
        try:
            response = self._serve(operation, request, request_id)
        except StripeError as error:
            response = json_response({"error": error.error}, error.status)
        return Response(
            response.body,
            response.status,
            headers={"Request-Id": request_id, "Stripe-Version": API_VERSION} | response.headers,
        )

    def _serve(self, operation: Operation, request: Request, request_id: str) -> Response:
        fields = request.form() if request.method == "POST" else list(request.query.items())
        sent = decode(fields)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        with self._account.lock:
            self._calls.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "params": dict(fields),
                    "idempotencyKey": key,
                    "account": request.headers.get("stripe-account"),
                }
            )
        subject = f"{request.method} {request.path}"
        if fault := take(self._faults, "api_status", subject):
            raise _failure(fault.status)
        self._authenticate(request)
        account = self._choose(request)
        response = self._idempotent(Call(account, operation, request, sent, key, request_id))
        if take(self._faults, "api_lost_answer", subject):
            raise DroppedConnectionError
        return response

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise StripeError(f"Invalid API Key provided: {given[:8]}****", status=401)
        version = request.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            raise StripeError(f"This stand-in speaks version {API_VERSION}, not {version}.")

    def _choose(self, request: Request) -> Account:
        """Return the account for which the request is: the platform's, or one connected to it."""
        wanted = request.headers.get("stripe-account")
        with self._account.lock:
            return self._account if wanted is None else accounts.find(self._account, wanted)

    def _idempotent(self, call: Call) -> Response:
        account = call.account
        if call.key is None:
            return self._execute(call)
        with account.lock:
            keys = self._keys[account.id]
            sent = (call.request.path, call.sent)
            saved = keys.begin(call.key, sent, call.request_id, account.clock.now())
        if saved is not None and saved.response is not None:
            return Response(
                saved.response.body,
                saved.response.status,
                headers={"Idempotent-Replayed": "true", "Original-Request": saved.request_id},
            )
        response = None
        try:
            response = self._execute(call)
        finally:
            with account.lock:
                keys.finish(call.key, response)
        return response

    def _execute(self, call: Call) -> Response:
        """Run the operation; refused parameters raise, every other end is an answer to save."""
        subject = f"{call.request.method} {call.request.path}"
        fault = take(self._faults, "api_delay", subject)
        if fault and self._pauses.wait(fault.seconds):
            raise DroppedConnectionError  # what it was about is forgotten
        account = call.account
        params = parse(call.operation.schema, call.sent)
        paths = params.pop("expand", [])
        with account.lock:
            account.request |= {"id": call.request_id, "idempotency_key": call.key}
            try:
                answer = call.operation.operate(account, call.request.parameters, params)
                return _json(account.expand(answer, paths), 200)
            except InvalidParameterError:
                raise
            except StripeError as error:
                return _json({"error": error.error}, error.status)
            finally:
                account.request |= {"id": None, "idempotency_key": None}


def _json(value: Any, status: int) -> Response:
    return Response(json.dumps(value, indent=2).encode(), status)


def _failure(status: int) -> StripeError:
    if status == 429:  # noqa: PLR2004  # Too Many Requests
        return StripeError("Request rate limit exceeded.", status=429, code="rate_limit")
    return StripeError("An unknown error occurred.", status=status, kind="api_error")
