"""The only code that reads or writes `payment_reconciliations`."""

from datetime import datetime

from app.kit.firestore import Collection, commit, retrying
from app.platform.payments.models.reconciling import Reconciliation

reconciliations = Collection("payment_reconciliations", Reconciliation)


def reached(name: str) -> datetime | None:
    """Return the time before which all was seen. One read."""
    found = reconciliations.get(name)
    return None if found is None else found.reached


def reach(name: str, at: datetime) -> None:
    """Remember that all from before `at` was seen. One commit.

    Of two runs at once the later word counts, whichever it is: each has seen what it says.
    """
    write = reconciliations.put(name, Reconciliation(reached=at))
    retrying(lambda: commit(write))
