"""The public ledger as pages."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.recovery.ledger.models.reads import Page, ReadPage
from app.recovery.ledger.policy import pages
from app.recovery.ledger.store import reading

CACHE_SECONDS = 5


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def ledger_page(request: ReadPage) -> Page:
    """Return entries of the public ledger, newest first.

    Two reads at any depth, of which a filter makes one a query; one read more while a batch is
    swept.
    """
    size = reading.size()
    end_index = size if request.cursor is None else min(int(request.cursor), size)
    entries = reading.newest(pages.filter_name(request), end_index, request.limit + 1)
    return pages.page(request, entries, size)
