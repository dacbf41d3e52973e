"""Reading of the sums of the ledger, which the sweep writes."""

from app.kit import firestore
from app.recovery.ledger.models.aid import Grouping
from app.recovery.ledger.models.statistics import Statistics
from app.recovery.ledger.store import MAIN, statistics
from app.recovery.ledger.store.aid import groupings


def read(first: str, second: str) -> tuple[Statistics | None, Statistics | None, Grouping | None]:
    """Return two documents of statistics, and how far payments are grouped. One read."""
    keys = [statistics.key(name) for name in (first, second)]
    everything, of_year, grouping = firestore.read(*keys, groupings.key(MAIN))
    return everything.value, of_year.value, grouping.value
