"""What donors read of their receipts."""

from app.kit.callables import Caller, callable_function
from app.kit.limits import READS
from app.recovery.receipts import store
from app.recovery.receipts.models.messages import (
    GetReceipt,
    ListReceipts,
    ReceiptPage,
    ReceiptSummary,
    ReceiptView,
    ReversalView,
    VersionView,
)
from app.recovery.receipts.models.receipts import Receipt


@callable_function(limits=READS)
def receipts_list(request: ListReceipts, caller: Caller) -> ReceiptPage:
    """Answer the caller's own receipts, by the time of the gift, newest first. One query."""
    shown, next_cursor = store.page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    items = tuple(_summary(receipt_id, receipt) for receipt_id, receipt in shown)
    return ReceiptPage(items=items, next_cursor=next_cursor)


@callable_function(limits=READS)
def receipts_get(request: GetReceipt, caller: Caller) -> ReceiptView:
    """Answer one of the caller's receipts with all its versions. One read.

    Errors: `not-found` for one that is not there or is another's.
    """
    receipt = store.owned(request.receipt_id, caller.uid)
    versions = tuple(
        VersionView(
            version=number,
            issued_at=version.issued_at,
            reversals=tuple(
                ReversalView(kind=back.kind, cents=back.cents, at=back.at)
                for back in version.reversals
            ),
        )
        for number, version in enumerate(receipt.versions, 1)
    )
    return ReceiptView(receipt=_summary(request.receipt_id, receipt), versions=versions)


def _summary(receipt_id: str, receipt: Receipt) -> ReceiptSummary:
    return ReceiptSummary(
        receipt_id=receipt_id,
        number=receipt.number or "",
        donation_id=receipt.donation_id,
        given_at=receipt.given_at,
        amount_cents=receipt.amount_cents,
        reversed_cents=receipt.reversed_cents,
        currency=receipt.currency,
        version=len(receipt.versions),
        issued_at=receipt.versions[-1].issued_at,
    )
