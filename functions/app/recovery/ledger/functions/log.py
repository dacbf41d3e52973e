"""The transparency log behind the public ledger."""

from app.kit.errors import UnavailableError
from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.platform.kms.gateway import KeyLostError
from app.recovery.ledger import publishing, settings, store
from app.recovery.ledger.models import Head, Progress
from app.recovery.ledger.models.reads import Log, ReadLog

CACHE_SECONDS = 5


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def ledger_log(request: ReadLog) -> Log:  # noqa: ARG001  # it has no parameters
    """Return where the log is, whose signatures it carries, and how far it is published.

    One read; a new instance asks KMS for each public key once.

    Raises:
        UnavailableError: KMS does not answer, or one of the keys is not enabled.
    """
    try:
        keys = publishing.keys()
    except KeyLostError as error:
        raise UnavailableError("The log's keys cannot be read right now. Try again.") from error
    seen, done = store.position()
    head, progress = seen.value or Head(), done.value or Progress()
    return Log(
        origin=settings.origin(),
        url=settings.url(),
        keys=[key.vkey for key in keys.values()],
        witnesses=[witness.key.vkey for witness in settings.witnesses()],
        size=head.size,
        published_size=progress.published_size,
        published_at=progress.published_at,
    )
