"""Who may work on a generated document, and for how long. Pure."""

from datetime import datetime, timedelta

from app.coaching.generation.models import Generated, Source
from app.kit.errors import FailedPreconditionError

START_GRACE = timedelta(seconds=60)
"""How long the trigger has to start before a sweep does."""

LEASE = timedelta(seconds=90)
"""How long a worker has before a sweep takes it for dead: longer than its function may run."""

MODEL_ATTEMPTS = 3
"""Starts that may ask the model. After them the rules write, so that no work starts for ever."""

CLAIMED_PERCENT = 10
WRITING_PERCENT = 40
DONE_PERCENT = 100


class NotYoursError(FailedPreconditionError):
    """The work is done or another worker's. There is nothing to do."""


def claim[G: Generated](current: G, *, at: datetime) -> G:
    """Return `current` leased to a new worker, whose number is `attempts`.

    Raises:
        NotYoursError: it is done, or a worker's lease still runs.
    """
    if current.lease_until is None:
        raise NotYoursError("It is done.")
    if current.attempts > 0 and at < current.lease_until:
        raise NotYoursError("Somebody is at work.")
    return current.model_copy(
        update={
            "attempts": current.attempts + 1,
            "lease_until": at + LEASE,
            "progress": CLAIMED_PERCENT,
        }
    )


def writing[G: Generated](current: G, *, worker: int) -> G:
    """Return `current` with everything read and the writing begun by `worker`.

    Raises:
        NotYoursError: it is done, or another worker has it.
    """
    _check(current, worker)
    return current.model_copy(update={"progress": WRITING_PERCENT})


def done[G: Generated](current: G, *, worker: int, source: Source) -> G:
    """Return `current` completed by `worker`.

    Raises:
        NotYoursError: it is done already, or another worker has it.
    """
    _check(current, worker)
    return current.model_copy(
        update={"progress": DONE_PERCENT, "source": source, "lease_until": None}
    )


def _check(current: Generated, worker: int) -> None:
    if current.lease_until is None or current.attempts != worker:
        raise NotYoursError("Another worker has it.")
