"""The only code that reads or writes `operations`, together with the writes that they guard."""

from collections.abc import Callable, Sequence
from typing import Any

from app.kit import firestore
from app.kit.firestore import Collection, Key, Snapshot, Write
from app.platform.operations.models import StoredOperation

operations = Collection("operations", StoredOperation)

type Seen = tuple[Snapshot[Any], ...]


def create_once(
    operation_id: str,
    reads: Sequence[Key[Any]],
    decide: Callable[[Seen], tuple[StoredOperation, Sequence[Write]]],
) -> StoredOperation:
    """Carry out `decide` on what `reads` hold, unless the operation was carried out before.

    One batched read and one commit; both again after a conflict or a lost answer.

    Returns:
        The operation as it is stored, by this call or an earlier one.
    """

    def attempt() -> StoredOperation:
        stored, *seen = firestore.read(operations.key(operation_id), *reads)
        if stored.value is not None:
            return stored.value  # type: ignore[no-any-return]  # `read` takes keys of any type
        operation, writes = decide(tuple(seen))
        # One that is past its time is replaced: the key may be used anew.
        firestore.commit(operations.replace(stored, operation), *writes)
        return operation

    return firestore.retrying(attempt)
