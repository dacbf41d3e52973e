"""Export: everything that is held about a person, handed over to them alone."""

import hashlib
import tempfile
from datetime import timedelta
from functools import partial
from typing import IO, TYPE_CHECKING

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import COSTLY, READS
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import schedule
from app.platform.accounts import gateway as accounts
from app.platform.audit.models import Action
from app.platform.operations.idempotency import Operation, once
from app.platform.privacy import fhir, gateway
from app.platform.privacy.archive import Archive
from app.platform.privacy.models.exports import (
    Export,
    ExportState,
    ExportView,
    GatherExport,
    GetExport,
    RequestExport,
)
from app.platform.privacy.policy import exports as policy
from app.platform.privacy.policy import letter
from app.platform.privacy.policy.exports import NotToDoError
from app.platform.privacy.store import exports as store
from app.platform.privacy.store import holdings
from app.platform.records import vault
from app.platform.records.register import TYPES
from app.platform.records.vault import Owner, Purpose, System

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.kit.firestore import Snapshot, Write
    from app.platform.privacy.models.holdings import Holding
    from app.platform.records.models import RecordType
    from app.platform.records.vault import Actor

RECENT = timedelta(minutes=5)
SWEEP_MAX = 100
_WORKER = "privacyExportTask"


@callable_function(limits=COSTLY, check_revoked=True, signed_in_within=RECENT, before_terms=True)
def privacy_export(request: RequestExport, caller: Caller) -> ExportView:
    """Begin to gather everything that is held about the caller, in one file for them alone.

    One batched read, one commit and one task. Of two requests at the same moment one is taken.
    Errors: `permission-denied` unless they signed in within 5 minutes; `failed-precondition`
    while an export is running.
    """
    operation = Operation.of(caller.uid, "privacy_export", request)
    at = clock.now()

    def decide(seen: "tuple[Snapshot[Export], ...]") -> "tuple[ExportView, Sequence[Write]]":
        (before,) = seen
        export = policy.requested(before.value, caller.uid, operation.id[:32], at=at)
        writes = [store.exports.replace(before, export), _audited(Owner(caller.uid), caller.uid)]
        return policy.view(export, at=at), writes

    view = once(operation, ExportView, reads=(store.key(caller.uid),), decide=decide)
    _queue(store.export_id(caller.uid), operation.id[:32], attempt=0)
    return view


@callable_function(limits=READS, before_terms=True)
def privacy_get_export(
    request: GetExport,  # noqa: ARG001  # its type is what refuses unknown fields
    caller: Caller,
) -> ExportView:
    """Answer how far the caller's latest export is, and where its file is. One read.

    Errors: `not-found` for who has asked for none lately.
    """
    export = store.exports.get(store.export_id(caller.uid))
    if export is None:
        raise NotFoundError("You have asked for no export.")
    return policy.view(export, at=clock.now())


@task_queue(max_attempts=policy.MAX_ATTEMPTS, timeout_sec=540, memory=1024, max_concurrent=10)
def privacyExportTask(request: GatherExport) -> None:  # noqa: N802  # queue ids take no underscore
    """Gather an export and store its file.

    It may die at any point: the next worker begins anew, and a file is there or is not. For each
    record type one query or read, and one commit where something is opened or was counted.
    """
    try:
        worker = store.change(
            request.export_id, lambda seen: policy.begun(seen, request.run, at=clock.now())
        )
    except (NotToDoError, NotFoundError):
        return
    if worker.state is ExportState.FAILED:
        return
    try:
        with tempfile.TemporaryFile() as file:
            records = _gather(request.export_id, worker, file)
            size_bytes, sha256 = _measured(file)
            gateway.keep(policy.path(worker), file, expires_at=policy.expiry(worker))
        at = clock.now()
        store.change(
            request.export_id,
            lambda seen: policy.ready(
                seen, worker, records=records, size_bytes=size_bytes, sha256=sha256, at=at
            ),
            _audited(System(Purpose.RIGHTS), worker.uid),
        )
    except (NotToDoError, NotFoundError):
        return  # erased, or another worker's by now
    except Exception:
        at = clock.now()
        store.change(request.export_id, lambda seen: policy.given_back(seen, worker, at=at))
        raise


@schedule("every 10 minutes", timeout_sec=300)
def privacy_sweep_exports() -> None:
    """Queue again what nobody gathers, and delete the files whose time is over.

    One query, a list of the bucket, and a task or a deletion for each that it finds.
    """
    at = clock.now()
    for export in store.stuck(at, limit=SWEEP_MAX):
        _queue(store.export_id(export.uid), export.run, attempt=export.attempts + 1)
    for path in gateway.expired(at, limit=SWEEP_MAX):
        gateway.delete(path)


def _gather(export_id: str, worker: Export, file: IO[bytes]) -> int:
    """Write everything about the person to `file`; return the number of records."""
    counts: dict[str, int] = {}
    unreadable = 0
    with Archive(file) as archive:

        def pages(kind: "RecordType") -> "Iterator[list[Holding]]":
            nonlocal unreadable
            for closed in holdings.pages(kind, worker.uid):
                page = holdings.opened(closed, worker.uid)
                for held in page:
                    archive.resources(fhir.resources(kind, held))
                    unreadable += bool(held.unreadable)
                yield page

        archive.json("account.json", accounts.record(worker.uid))
        for kind in TYPES.values():
            if kind.exported and kind.owner_field is not None:
                counts[kind.collection] = archive.table(kind.collection, pages(kind))
                total = sum(counts.values())
                store.change(export_id, partial(policy.counted, worker=worker, records=total))
        at = clock.now()
        text = letter.readme(
            TYPES.values(),
            counts,
            resources=archive.bundle(at),
            unreadable=unreadable,
            at=at,
            until=policy.expiry(worker),
        )
        archive.text("README.txt", text)
    return sum(counts.values())


def _measured(file: IO[bytes]) -> tuple[int, str]:
    """Return the size of a file and its SHA-256, and go to its beginning."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    size_bytes = file.tell()
    file.seek(0)
    return size_bytes, digest


def _queue(export_id: str, run: str, *, attempt: int) -> None:
    request = GatherExport(export_id=export_id, run=run)
    enqueue(_WORKER, request, name=f"export-{run}-{attempt}")


def _audited(by: "Actor", uid: str) -> "Write":
    return vault.acted(Action.EXPORT, by=by, subject=uid)
