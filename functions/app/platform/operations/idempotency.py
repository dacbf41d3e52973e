"""Once-only calls, the interface of this domain to all others."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, Self

from app.kit import clock, ids, limits
from app.kit.errors import InvalidArgumentError
from app.kit.model import Message
from app.platform.activity import store as activity
from app.platform.limits import store as limit_store
from app.platform.operations import store
from app.platform.operations.models import StoredOperation
from app.platform.records import vault
from app.platform.records.vault import Owner, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kit.firestore import Key, Snapshot, Write

KEPT = timedelta(days=30)
_MAC_PURPOSE = "idempotency/v1"


class Keyed(Protocol):
    """A request that names the operation it wants done once."""

    @property
    def idempotency_key(self) -> str:
        """The client's UUID."""

    def model_dump_json(self, *, by_alias: bool) -> str:
        """Return the request as JSON; pydantic writes fields in one order."""


@dataclass(frozen=True)
class Operation:
    """One call, identified by its person, its function and the client's key."""

    id: str
    uid: str
    function: str
    body: bytes

    @classmethod
    def of(cls, uid: str, function: str, request: Keyed) -> Self:
        """Return the operation that `request` asks for."""
        body = request.model_dump_json(by_alias=True).encode()
        operation_id = ids.digest("operation/v1", uid, function, request.idempotency_key)
        return cls(operation_id, uid, function, body)


def once[O: Message](
    operation: Operation,
    response_type: type[O],
    *,
    reads: "Sequence[Key[Any]]" = (),
    decide: "Callable[[tuple[Snapshot[Any], ...]], tuple[O, Sequence[Write]]]",
) -> O:
    """Carry out `operation` unless it was carried out before; return its answer either way.

    Warm, it makes one batched read and one commit, which also count the call against its
    person's limit, for all instances together, and note that they were here. The answer is kept
    sealed for `KEPT`.

    Args:
        operation: the call.
        response_type: what it answers.
        reads: the documents that the decision rests on.
        decide: returns the answer and the writes, given what `reads` hold; it runs again after a
            conflicting write, so it is pure, or acts outside under keys made from `operation.id`.

    Raises:
        InvalidArgumentError: the key was used for another request.
        LimitExceededError: the person's limit of this function is used up.
        AbortedError: other writers kept getting in between.
        UnavailableError: a service it needs does not answer; the same call may be made again.
    """
    record = Record(operation.uid, f"operations/{operation.id}")
    owner = Owner(operation.uid)
    body_mac = vault.mac(operation.uid, _MAC_PURPOSE, operation.body)

    admitted = limits.declared(operation.function)
    limit = None if admitted is None else admitted.person
    counted = [] if limit is None else [limit_store.key(operation.function, operation.uid)]

    def stored(seen: store.Seen) -> "tuple[StoredOperation, Sequence[Write]]":
        calls, rest = seen[: len(counted)], seen[len(counted) :]
        if limit is not None:
            count = limit_store.taken(calls[0], limit, operation.uid, clock.now())
        answer, writes = decide(rest)
        sealed, _ = vault.seal(
            record, {"answer": answer.model_dump(mode="json", by_alias=True)}, by=owner
        )
        document = StoredOperation(
            uid=operation.uid,
            function=operation.function,
            body_mac=body_mac,
            sealed=sealed,
            expires_at=clock.now() + KEPT,
        )
        active = activity.seen(operation.uid, clock.now())
        return document, [*writes, active, count] if limit is not None else [*writes, active]

    kept = store.create_once(operation.id, [*counted, *reads], stored)
    if not vault.mac_matches(operation.uid, _MAC_PURPOSE, operation.body, kept.body_mac):
        raise InvalidArgumentError.of("idempotencyKey", "was used for another request")
    opened = vault.open_now(record, kept.sealed, by=owner)
    return response_type.model_validate_json(json.dumps(opened["answer"]))
