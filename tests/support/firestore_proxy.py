"""Stands between the backend and the Firestore emulator: counts calls, delays them, loses them.

Requests and answers pass as bytes, so that what the real client sends is what the emulator reads.
It takes the calls that the backend makes; `Listen` and `Write`, which stream both ways, it does
not.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import grpc
from google.cloud.firestore_v1.types import CommitRequest
from pydantic import Field, field_validator

from sandbox.standin import Fault, Faults

HOST = "FIRESTORE_EMULATOR_HOST"
STREAMED = {"BatchGetDocuments", "RunQuery", "RunAggregationQuery"}
"""Methods that answer with a stream."""
WORKERS = 100
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.so_reuseport", 0),  # else a taken port goes unnoticed
]


@dataclass(frozen=True)
class Call:
    """One call: the method, such as `Commit`, and the database, `(default)` or `keys`."""

    method: str
    database: str


class FirestoreFault(Fault):
    """What a call to Firestore meets.

    Attributes:
        method: only this method, such as `Commit`; without it, every method.
        database: only this database; without it, every one.
        code: the name of a gRPC status to fail with.
        after: whether the call takes effect before it fails (a lost answer).
        delay_seconds: waits first.
        skip: lets this many calls pass.
    """

    method: str | None = None
    database: str | None = None
    code: str | None = None
    after: bool = False
    delay_seconds: float = Field(default=0, ge=0)
    skip: int = Field(default=0, ge=0)

    @field_validator("code")
    @classmethod
    def _known_code(cls, code: str) -> str:
        if code == "OK" or code not in grpc.StatusCode.__members__:
            raise ValueError("is no gRPC status of a failure")
        return code

    def applies(self, call: Call) -> bool:
        """Whether `call` meets this fault. Calls to be skipped are counted here."""
        if self.method not in {None, call.method} or self.database not in {None, call.database}:
            return False
        if self.skip:
            self.skip -= 1
            return False
        return True


class FirestoreProxy(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in stubs only
    """A server that passes every call on to `target`, host and port of the emulator.

    Attributes:
        round_trip_seconds: what each call takes longer, as if the database were that far away.
    """

    def __init__(self, target: str, *, round_trip_seconds: float = 0) -> None:
        self.round_trip_seconds = round_trip_seconds
        self._faults = Faults(FirestoreFault)
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._commits: list[bytes] = []
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._server = grpc.server(
            ThreadPoolExecutor(WORKERS, "firestore-proxy"), handlers=[self], options=_OPTIONS
        )
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def start(self) -> Self:
        """Serve."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop at once; calls under way are cancelled."""
        self._server.stop(grace=None).wait()
        self._channel.close()

    def inject(self, **fault: Any) -> None:
        """Queue a `FirestoreFault`."""
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget faults and calls."""
        self._faults.clear()
        with self._lock:
            self._calls.clear()
            self._commits.clear()

    def commits(self) -> list[CommitRequest]:
        """Return the commits that were asked for, tries that failed included."""
        with self._lock:
            return [CommitRequest.deserialize(request) for request in self._commits]

    def counts(self) -> Counter[Call]:
        """Return how often each call was made, tries that failed included."""
        with self._lock:
            return Counter(self._calls)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Return what serves a call; gRPC asks for each."""
        path = handler_call_details.method
        metadata = dict(handler_call_details.invocation_metadata)
        prefix = str(metadata.get("google-cloud-resource-prefix", ""))
        call = Call(path.rpartition("/")[2], prefix.rpartition("/")[2])
        if call.method not in STREAMED:
            forward = self._channel.unary_unary(path, _as_is, _as_is)

            def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
                if call.method == "Commit":
                    with self._lock:
                        self._commits.append(request)
                with self._passing(call, context):
                    reply: bytes = forward(request, **_forwarded(context))
                return reply

            return grpc.unary_unary_rpc_method_handler(answer)
        stream = self._channel.unary_stream(path, _as_is, _as_is)

        def answers(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            with self._passing(call, context):
                yield from stream(request, **_forwarded(context))

        return grpc.unary_stream_rpc_method_handler(answers)

    @contextmanager
    def _passing(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Count `call` and do to it what the fault says, around passing it on."""
        with self._lock:
            self._calls.append(call)
        fault = self._faults.take(lambda waiting: waiting.applies(call))
        time.sleep(self.round_trip_seconds + (fault.delay_seconds if fault else 0))
        if fault and fault.code and not fault.after:
            context.abort(grpc.StatusCode[fault.code], "An injected fault.")
        try:
            yield
        except grpc.RpcError as error:
            # What the channel raises is the call as well, with code and details.
            context.abort(error.code(), error.details() or "")
        if fault and fault.code:
            context.abort(grpc.StatusCode[fault.code], "An injected fault: the answer is lost.")


@contextmanager
def proxied(*, round_trip_seconds: float = 0) -> Iterator[FirestoreProxy]:
    """Lead the backend in this process through a proxy, on new connections."""
    from app.kit import firestore  # the proxy is of use without the backend

    emulator = os.environ[HOST]
    proxy = FirestoreProxy(emulator, round_trip_seconds=round_trip_seconds).start()
    os.environ[HOST] = proxy.address
    firestore.client.cache_clear()
    try:
        yield proxy
    finally:
        os.environ[HOST] = emulator
        firestore.client.cache_clear()
        proxy.stop()


def _as_is(message: bytes) -> bytes:
    return message


def _forwarded(context: grpc.ServicerContext) -> dict[str, Any]:
    """Return the deadline of a call and the metadata that the client set."""
    metadata = [
        (key, value)
        for key, value in context.invocation_metadata()
        if key != "user-agent" and not key.startswith((":", "grpc-"))
    ]
    return {"timeout": context.time_remaining(), "metadata": metadata}
