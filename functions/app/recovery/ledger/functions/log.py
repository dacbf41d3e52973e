"""The transparency log behind the public ledger."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.recovery.ledger import publishing, settings, store
from app.recovery.ledger.models import Head, Log, Progress, ReadLog

CACHE_SECONDS = 5


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def ledger_log(request: ReadLog) -> Log:  # noqa: ARG001  # it has no parameters
    """Return where the log is, whose signatures it carries, and how far it is published.

    One read; a new instance asks KMS for each public key once.
    """
    seen, done = store.position()
    head, progress = seen.value or Head(), done.value or Progress()
    return Log(
        origin=settings.origin(),
        url=settings.url(),
        keys=[key.vkey for key in publishing.keys().values()],
        witnesses=[witness.key.vkey for witness in settings.witnesses()],
        size=head.size,
        published_size=progress.published_size,
        published_at=progress.published_at,
    )
