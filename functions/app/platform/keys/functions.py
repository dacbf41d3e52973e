"""The Cloud Functions that renew keys."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import WRITES
from app.kit.roles import Role
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import schedule
from app.platform.audit.models import Action
from app.platform.keys import store
from app.platform.keys.models import Reseal, RotateKeys, Rotation, RotationStarted
from app.platform.operations.idempotency import Operation, once
from app.platform.records import renewal, vault
from app.platform.records.vault import Purpose, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

OLD_KEPT = timedelta(days=35)
"""How long a person's old key versions stay beside a new one: for that long a backup may be
restored that holds values under them, and idempotency keys (30 days) have fingerprints under them.
Far more than an instance's cache of keys, with which it goes on sealing under the old version."""
AGAIN = timedelta(hours=1)
"""When what is left is tried again."""
MAX_WRAPPED = 500
"""People whose keys one run wraps anew: a minute's work at most."""
MAX_SWEPT = 200

_WORKER = "keysResealTask"


@callable_function(limits=WRITES, admitted=frozenset({Role.ADMIN}))
def keys_rotate_person(request: RotateKeys, caller: Caller) -> RotationStarted:
    """Give a person a new data key, and seal everything of theirs under it, in the background.

    The person notices nothing. The old key goes once nothing is left under it, 35 days later. One
    batched read, one read of the key, one commit and one task.

    Errors: `not-found` for somebody who has no key.
    """
    rotation_id = store.rotation_id(request.uid)

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[RotationStarted, Sequence[Write]]":
        (before,) = seen
        renewal.newest_version(request.uid)
        now = clock.now()
        by = Staff(caller.uid, Role.ADMIN, Purpose.OPERATIONS)
        entry = vault.acted(Action.ROTATE_KEYS, by=by, subject=request.uid)
        rotation = Rotation(uid=request.uid, reason=request.reason, asked_at=now, next_at=now)
        writes = [store.rotations.replace(before, rotation), entry]
        return RotationStarted(rotation_id=rotation_id), writes

    operation = Operation.of(caller.uid, "keys_rotate_person", request)
    answer = once(
        operation, RotationStarted, reads=[store.rotations.key(rotation_id)], decide=decide
    )
    enqueue(_WORKER, Reseal(rotation_id=rotation_id))
    return answer


@task_queue()
def keysResealTask(request: Reseal) -> None:  # noqa: N802  # queue ids take no underscore
    """Take the rotation of a person's key as far as it goes now. Repeats change nothing.

    At first a new version joins the old ones, and everything is sealed under it. `OLD_KEPT` later
    what an instance sealed under an old one meanwhile is sealed anew too, and the old ones are
    dropped, provided that this very look found nothing left under them.
    """
    rotation_id, now = request.rotation_id, clock.now()
    rotation = store.rotations.get(rotation_id)
    if rotation is None or rotation.finished_at is not None:
        return
    uid, asked = rotation.uid, rotation.asked_at
    try:
        newest = renewal.newest_version(uid)
    except NotFoundError:  # erased, and there is nothing left to seal
        store.note(rotation_id, asked, next_at=None, finished_at=now)
        return
    to = rotation.to_version
    if to is None:
        to = store.note(rotation_id, asked, to_version=newest + 1).to_version or newest + 1
    if rotation.added_at is None:
        renewal.add_version(uid, to)
        rotation = store.note(rotation_id, asked, added_at=now)
    drop_at = (rotation.added_at or now) + OLD_KEPT
    if renewal.seal_anew(uid, to):
        store.note(rotation_id, asked, next_at=now + AGAIN)
    elif now < drop_at:
        store.note(rotation_id, asked, next_at=drop_at)
    else:
        renewal.drop_before(uid, to)
        store.note(rotation_id, asked, next_at=None, finished_at=now)


@schedule("every 1 hours")
def keys_sweep_rotations() -> None:
    """Queue the rotations that are to go on. One query, and a task for each that it finds."""
    for rotation_id in store.due(clock.now(), MAX_SWEPT):
        enqueue(_WORKER, Reseal(rotation_id=rotation_id))


@schedule("every 5 minutes")
def keys_rewrap() -> None:
    """Wrap data keys anew once the key-encryption key has a new primary version.

    One query and one KMS call where there is nothing to do.
    """
    renewal.wrap_anew(MAX_WRAPPED)
