"""The messages of the functions of receipts."""

from typing import Annotated

from pydantic import Field

from app.kit.model import Cents, DocumentId, Instant, Message
from app.kit.money import Currency
from app.recovery.receipts.models.receipts import ReversalKind

MAX_PAGE = 50
MAX_CURSOR = 200
FIRST_YEAR = 2026
LAST_YEAR = 2200


class NumberReceipts(Message):
    """The task of `receiptsNumberTask`."""

    second: int
    """The second (Unix time) in which receipts were queued."""


class IssueStatement(Message):
    """The task of `receiptsIssueStatementTask`."""

    statement_id: DocumentId


class ListReceipts(Message):
    """The request of `receipts_list`; `cursor` is the `next_cursor` of the page before."""

    cursor: Annotated[str, Field(max_length=MAX_CURSOR)] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 20


class ReceiptSummary(Message):
    """A receipt in a list. `version` is how often it was issued."""

    receipt_id: DocumentId
    number: str
    donation_id: DocumentId
    given_at: Instant
    amount_cents: Cents
    reversed_cents: Cents
    currency: Currency
    version: int
    issued_at: Instant


class ReceiptPage(Message):
    """The response of `receipts_list`, by the time of the gift, newest first."""

    items: tuple[ReceiptSummary, ...]
    next_cursor: str | None


class GetReceipt(Message):
    """The request of `receipts_get`."""

    receipt_id: DocumentId


class ReversalView(Message):
    """Money of a gift that went back."""

    kind: ReversalKind
    cents: Cents
    at: Instant


class VersionView(Message):
    """A receipt as it was issued, and what had gone back by then."""

    version: int
    issued_at: Instant
    reversals: tuple[ReversalView, ...]


class ReceiptView(Message):
    """The response of `receipts_get`."""

    receipt: ReceiptSummary
    versions: tuple[VersionView, ...]


class GetReceiptPdf(Message):
    """The request of `receipts_get_pdf`; the latest version where none is named."""

    receipt_id: DocumentId
    version: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Pdf(Message):
    """A file: a PDF/UA-1 in base64 (RFC 4648, 4)."""

    file_name: str
    content: str


class GetStatement(Message):
    """The request of `receipts_get_statement`: a calendar year where the charity is."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class StatementVersionView(Message):
    """A statement as it was issued."""

    version: int
    issued_at: Instant
    received_cents: Cents
    reversed_cents: Cents
    total_cents: Cents


class StatementView(Message):
    """The response of `receipts_get_statement`: what was issued, and the latest as a file."""

    year: int
    currency: Currency
    versions: tuple[StatementVersionView, ...]
    pdf: Pdf
