"""The public ledger as pages."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.recovery.ledger import store
from app.recovery.ledger.models import Page, ReadPage
from app.recovery.ledger.policy import pages

CACHE_SECONDS = 5


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def ledger_page(request: ReadPage) -> Page:
    """Return entries of the public ledger, newest first. One query and one read at any depth."""
    name = pages.filter_name(request)
    before_index = None if request.cursor is None else int(request.cursor)
    entries = store.newest(name, before_index, request.limit + 1)
    return pages.page(request, entries, store.size())
