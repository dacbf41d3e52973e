"""The ledger as a file: which entries are in it, in which format, and that none is missing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched

from app.kit.errors import InvalidArgumentError
from app.recovery.charity import Issuer
from app.recovery.ledger.models import Entry, Kind
from app.recovery.ledger.models.exports import Format, ReadExport
from app.recovery.ledger.models.reads import PageEntry
from app.recovery.ledger.policy import pages
from app.recovery.ledger.policy.formats import grants, journals, lines, tables
from app.recovery.ledger.policy.formats.part import Part

TEXTS_IN_CHUNK = 250


@dataclass(frozen=True)
class _As:
    """How a format is made and called."""

    texts: Callable[[Iterable[PageEntry], Part], Iterator[str]]
    content_type: str
    extension: str


_FORMATS: Mapping[Format, _As] = {
    Format.CSV: _As(tables.texts, "text/csv; charset=utf-8; header=present", "csv"),
    Format.JSON_LINES: _As(lines.texts, "application/jsonl; charset=utf-8", "jsonl"),
    Format.HLEDGER: _As(journals.texts, "text/plain; charset=utf-8", "journal"),
    Format.GRANTS: _As(grants.texts, "application/json", "json"),
}


def filter_name(request: ReadExport) -> str | None:
    """Return the name of the filter that `request` asks for: of grants there is one kind.

    Raises:
        InvalidArgumentError: grants are asked for, of another kind.
    """
    if request.format is not Format.GRANTS:
        return pages.filter_name(request)
    if request.kind not in {None, Kind.DISBURSEMENT}:
        raise InvalidArgumentError.of("kind", f"must be {Kind.DISBURSEMENT} for this format")
    return pages.filter_name(request.model_copy(update={"kind": Kind.DISBURSEMENT}))


def size(request: ReadExport, held: int) -> int:
    """Return the size of the ledger that `request` asks for, where it holds `held` entries.

    Raises:
        InvalidArgumentError: it never was that large, or the first index is beyond it.
    """
    if request.size is not None and request.size > held:
        raise InvalidArgumentError.of("size", f"is more than the {held} entries of the ledger")
    wanted = held if request.size is None else request.size
    if request.first_index > wanted:
        raise InvalidArgumentError.of("firstIndex", f"is more than the size, {wanted}")
    return wanted


def part(request: ReadExport, size_then: int, newest: Iterable[Entry], charity: Issuer) -> Part:
    """Return which part of the ledger answers `request`.

    Args:
        request: what was asked for.
        size_then: the size of the ledger that it asks for.
        newest: the newest entry below that size that passes its filter, or nothing; without a
            filter it is not looked at.
        charity: whose ledger it is.
    """
    if filter_name(request) is None:
        last = size_then - 1 if size_then > request.first_index else None
    else:
        last = next((entry.index for entry in newest if entry.index >= request.first_index), None)
    whole = request == ReadExport(format=request.format)
    return Part(size_then, request.first_index, last, whole, charity)


def chunks(request: ReadExport, of: Part, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the file, made as it is asked for.

    Raises:
        RuntimeError: at the end or on the way, where an entry is missing.
    """
    shown = (pages.shown_as(entry, request.category) for entry in _all(request, of, entries))
    for texts in batched(_FORMATS[request.format].texts(shown, of), TEXTS_IN_CHUNK, strict=False):
        yield "".join(texts).encode()


def name(request: ReadExport, of: Part) -> str:
    """Return what a browser saves the file as."""
    return f"ledger-{of.first_index}-{of.size}.{_FORMATS[request.format].extension}"


def content_type(request: ReadExport) -> str:
    """Return the media type of the file."""
    return _FORMATS[request.format].content_type


def headers(of: Part) -> dict[str, str]:
    """Return what tells a client whether it has everything: the size, and the last index if any."""
    last = {} if of.last_index is None else {"Ledger-Last-Index": str(of.last_index)}
    return {"Ledger-Size": str(of.size), "Ledger-First-Index": str(of.first_index), **last}


def _all(request: ReadExport, of: Part, entries: Iterable[Entry]) -> Iterator[Entry]:
    unfiltered = filter_name(request) is None
    due = of.first_index
    for entry in entries:
        if entry.index < due or (unfiltered and entry.index > due):
            raise RuntimeError("Entries of the ledger are missing or out of order.")
        due = entry.index + 1
        yield entry
    if of.last_index is not None and due != of.last_index + 1:
        raise RuntimeError("The last entries of the ledger are missing.")
