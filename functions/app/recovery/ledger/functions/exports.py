"""The public ledger as a file."""

from app.kit.downloads import Download, public_download
from app.kit.limits import Limit, Limits
from app.recovery import charity
from app.recovery.ledger.models.exports import ReadExport
from app.recovery.ledger.policy import exports
from app.recovery.ledger.store import reading

LIMITS = Limits(address=Limit(60, 600), overall=Limit(600, 600))
"""Each is as many reads as the ledger has entries."""


@public_download(limits=LIMITS, timeout_sec=3600, concurrency=20)
def ledger_export(request: ReadExport) -> Download:
    """Return the public ledger as CSV, JSON Lines, an hledger journal or 360Giving JSON.

    Oldest first, as it was when the export began, at any size. `firstIndex` takes up an export
    that broke off. One read, or two while a batch is swept; one for each 250 entries.
    With a filter, a query more, and queries in the place of reads.
    """
    name = exports.filter_name(request)
    size = exports.size(request, reading.size())
    newest = reading.newest(name, size, 1) if name is not None else ()
    part = exports.part(request, size, newest, charity.issuer())
    entries = () if part.last_index is None else reading.between(name, part.first_index, size)
    return Download(
        name=exports.name(request, part),
        content_type=exports.content_type(request),
        parts=exports.chunks(request, part, entries),
        headers=exports.headers(part),
    )
