"""What the public ledger sums up to."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.recovery.ledger.models.statistics import ReadStatistics, Statistics, StatisticsView
from app.recovery.ledger.policy import statistics as policy
from app.recovery.ledger.store import sums

CACHE_SECONDS = 60


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def ledger_statistics(request: ReadStatistics) -> StatisticsView:
    """Return the figures of each fund by year, or by the months of a year. One read."""
    everything, of_year, grouping = sums.read(policy.ALL, request.year or policy.ALL)
    return policy.view(
        request.year,
        everything or Statistics(),
        of_year or Statistics(),
        None if grouping is None else grouping.statement,
    )
