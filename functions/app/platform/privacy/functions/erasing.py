"""Erasure, as it is carried out: step by step, each of which may be made again.

What is done is noted in the erasure's document after it was done, so a worker that dies is followed
by one that does at most its last step once more. Two workers at once do no harm.
"""

from datetime import datetime
from functools import partial

from app.kit import clock
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import schedule
from app.platform.accounts import gateway as accounts
from app.platform.audit.models import Action
from app.platform.customers import customer
from app.platform.privacy import gateway
from app.platform.privacy.models.erasure import EraseTask, Erasure, ErasureState, Step
from app.platform.privacy.policy import erasure as policy
from app.platform.privacy.store import erasure as store
from app.platform.records import destruction, vault
from app.platform.records import store as records
from app.platform.records.models import RecordType
from app.platform.records.register import TYPES
from app.platform.records.vault import Purpose, System
from app.platform.retention.store import holds
from app.platform.stripe.gateway import SECRETS

SWEEP_MAX = 100
MAX_STEPS = 3 * len(Step)
"""In one run: what comes back as often as it is deleted is left to the sweep, and to whoever looks
why it does."""
ERASER = System(Purpose.RIGHTS)
KEYS = "person_keys"
"""Whose end is a step of its own."""
_WORKER = "privacyEraseTask"


@schedule("every 5 minutes")
def privacy_sweep_erasures() -> None:
    """Queue the erasures that are to begin or to go on. One query, and a task for each."""
    for erasure_id in store.due(clock.now(), SWEEP_MAX):
        enqueue(_WORKER, EraseTask(erasure_id=erasure_id))


@task_queue(timeout_sec=540, max_concurrent=10, secrets=SECRETS)
def privacyEraseTask(request: EraseTask) -> None:  # noqa: N802  # queue ids take no underscore
    """Begin an erasure that is due, and take it as far as it goes now.

    Errors repeat the task; the sweep queues it again until it is done.
    """
    at = clock.now()
    erasure = store.change(request.erasure_id, partial(policy.started, at=at))
    if erasure.state is ErasureState.RUNNING:
        advance(request.erasure_id)


def advance(erasure_id: str) -> Erasure:
    """Take an erasure that runs as far as it goes now, and return it.

    For each step one read and one commit; the steps say what they add.
    """
    for _ in range(MAX_STEPS):
        erasure, at = store.change(erasure_id, lambda seen: seen), clock.now()
        if erasure.state is not ErasureState.RUNNING:
            return erasure
        if erasure.step is Step.SETTLE and erasure.settled_at and at < erasure.settled_at:
            return erasure
        _STEPS[erasure.step](erasure_id, erasure, at)
    return erasure


def reapply(uid: str, erased_at: datetime) -> Erasure:
    """Erase a person again of whom a backup brought something back; return the erasure.

    Where nothing came back nothing is changed.
    """
    erasure_id, at = store.erasure_id(uid), clock.now()
    erasure = store.begun(uid, policy.of_journal(uid, erased_at))
    if erasure.state is not ErasureState.DONE or _left(uid):
        store.change(erasure_id, partial(policy.again, at=at))
    return advance(erasure_id)


def begun() -> dict[str, datetime]:
    """Return everybody whose keys were destroyed, and when, from both databases.

    Each has what puts the other right: the mark in place of the keys, and the erasures.
    """
    told = {seen.uid: seen.keys_destroyed_at for seen in store.all_begun()}
    return {uid: at for uid, at in told.items() if at} | dict(destruction.journal())


def _hold(erasure_id: str, erasure: Erasure, at: datetime) -> None:
    """Look for a legal hold. From here on a new one comes too late: the account goes next."""
    if holds.held(erasure.uid):
        store.change(erasure_id, partial(policy.waiting, at=at))
    else:
        trail = partial(vault.acted, Action.BEGIN_ERASURE, by=ERASER, subject=erasure.uid)
        store.change(erasure_id, partial(policy.after, Step.HOLD, at=at), trail)


def _account(erasure_id: str, erasure: Erasure, at: datetime) -> None:
    accounts.delete(erasure.uid)
    store.change(erasure_id, partial(policy.after, Step.ACCOUNT, at=at))


def _keys(erasure_id: str, erasure: Erasure, at: datetime) -> None:
    destroyed_at = destruction.destroy_keys(erasure.uid, erasure.keys_destroyed_at or at)
    done = partial(policy.after, Step.KEYS, at=at, keys_destroyed_at=destroyed_at)
    store.change(erasure_id, done)


def _documents(erasure_id: str, erasure: Erasure, at: datetime) -> None:
    customer.forget(erasure.uid)  # before the document goes that says which one it is
    for kind in _deleted():
        while store.delete_page(erasure_id, erasure.uid, kind):
            pass
    store.change(erasure_id, partial(policy.after, Step.DOCUMENTS, at=at))


def _files(erasure_id: str, erasure: Erasure, at: datetime) -> None:
    paths = gateway.paths_of(erasure.uid)
    store.change(erasure_id, partial(policy.files_counted, count=len(paths)))
    for path in paths:
        gateway.delete(path)
    store.change(erasure_id, partial(policy.after, Step.FILES, at=at, files_counted=False))


def _settle(erasure_id: str, _: Erasure, at: datetime) -> None:
    store.change(erasure_id, partial(policy.after, Step.SETTLE, at=at))


def _verify(erasure_id: str, erasure: Erasure, at: datetime) -> None:
    uid = erasure.uid
    if _left(uid):
        store.change(erasure_id, partial(policy.again, at=at))
    else:
        trail = partial(vault.acted, Action.ERASE, by=ERASER, subject=uid)
        done = partial(policy.done, types=TYPES, kept=_kept(uid), at=at)
        store.change(erasure_id, done, trail)


_STEPS = {
    Step.HOLD: _hold,
    Step.ACCOUNT: _account,
    Step.KEYS: _keys,
    Step.DOCUMENTS: _documents,
    Step.FILES: _files,
    Step.SETTLE: _settle,
    Step.VERIFY: _verify,
}


def _left(uid: str) -> bool:
    """Whether anything of a person is left that no duty keeps.

    One query for each type, one list of files, one look for the account and one for the keys.
    """
    return (
        destruction.destroyed_at(uid) is None
        or accounts.person(uid) is not None
        or any(records.owned(kind, uid, limit=1) for kind in _deleted())
        or bool(gateway.paths_of(uid))
    )


def _deleted() -> list[RecordType]:
    return [kind for kind in policy.deleted(TYPES) if kind.collection != KEYS]


def _kept(uid: str) -> dict[str, int]:
    """Return how many documents are kept of each type that is, with the mark in place of keys."""
    kinds = [kind for kind in policy.kept(TYPES) if kind.collection != KEYS]
    return {kind.collection: records.count_owned(kind, uid) for kind in kinds} | {KEYS: 1}
