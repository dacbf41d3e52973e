"""Receipts and statements as files: made anew from what is stored whenever one is asked for."""

from base64 import b64encode

from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError, UnavailableError
from app.kit.limits import WRITES
from app.kit.money import Currency
from app.kit.tasks import task_queue
from app.platform.mail import sending
from app.platform.mail.models import SendMail
from app.platform.mail.sending import Attachment
from app.platform.profiles import store as profiles
from app.platform.records.vault import Actor, Owner, Purpose, System
from app.recovery.ledger import proving, settings
from app.recovery.receipts import gateway, store
from app.recovery.receipts.models.messages import (
    GetReceiptPdf,
    GetStatement,
    Pdf,
    StatementVersionView,
    StatementView,
)
from app.recovery.receipts.models.receipts import Receipt
from app.recovery.receipts.models.statements import Statement, statement_id
from app.recovery.receipts.policy import in_ledger, mails, sheets
from app.recovery.receipts.policy import statements as policy

_SYSTEM = System(Purpose.RECEIPTS)


@callable_function(limits=WRITES)
def receipts_get_pdf(request: GetReceiptPdf, caller: Caller) -> Pdf:
    """Answer one of the caller's receipts as a PDF that a screen reader can read.

    Attached to it are the proofs that what it tells of is in the public ledger, once it is. Two
    reads and a query, and one commit where there is a name; and what `ledger_proof` takes after
    those. Errors: `not-found` for a receipt or a version that is not there or is another's.
    """
    receipt = store.owned(request.receipt_id, caller.uid)
    version = len(receipt.versions) if request.version is None else request.version
    return _pdf(_receipt(receipt, version, Owner(caller.uid)))


@callable_function(limits=WRITES)
def receipts_get_statement(request: GetStatement, caller: Caller) -> StatementView:
    """Answer the caller's giving statement of a year, once it is issued, with its PDF.

    Two reads, and one commit where there is a name. Errors: `not-found` before it is issued, and
    where nothing was given.
    """
    statement = store.statement_of(statement_id(caller.uid, request.year), caller.uid)
    return StatementView(
        year=statement.year,
        currency=Currency.USD,
        versions=tuple(
            StatementVersionView(
                version=number,
                issued_at=version.issued_at,
                received_cents=version.received_cents,
                reversed_cents=version.reversed_cents,
                total_cents=policy.total_cents(version),
            )
            for number, version in enumerate(statement.versions, 1)
        ),
        pdf=_pdf(_statement(statement, Owner(caller.uid))),
    )


@task_queue(min_backoff_seconds=10, secrets=sending.SECRETS)
def receiptsSendTask(request: SendMail) -> None:  # noqa: N802  # queue ids take no underscore
    """Send a mail with a receipt or a statement, unless it was or may have been sent before.

    As `mailSendTask`, and two reads more; one commit more where there is a name. For a receipt,
    what `receipts_get_pdf` takes for its proofs.
    """
    sending.send(request.mail_id, "receiptsSendTask", _attachment)


def _attachment(uid: str, name: str) -> Attachment:
    kind, document_id, version = mails.attached(name)
    if kind == "receipt":
        return _receipt(store.owned(document_id, uid), version, _SYSTEM)
    return _statement(store.statement_of(document_id, uid), _SYSTEM)


def _receipt(receipt: Receipt, version: int, by: Actor) -> Attachment:
    if version > len(receipt.versions):
        raise NotFoundError("There is no such version.")
    name = _name(receipt.uid, by)
    sheet = sheets.receipt(receipt, version, name, ledger=_in_ledger(receipt, version, by))
    return Attachment(f"{receipt.number}-v{version}.pdf", gateway.pdf(sheet))


def _in_ledger(receipt: Receipt, version: int, by: Actor) -> in_ledger.Told:
    """Return what the ledger has of what a version tells of. Without the ledger it is made too."""
    gone_back = {reversal.object_id for reversal in receipt.versions[version - 1].reversals}
    moved = [
        movement
        for movement in store.movements_of(receipt.payment_id)
        if movement.object_id in {receipt.payment_id, *gone_back}
    ]
    try:
        places = proving.prove(receipt.uid, moved, by=by)
    except UnavailableError:
        return in_ledger.UNKNOWN
    return in_ledger.told(receipt.number or "", places, settings.url())


def _statement(statement: Statement, by: Actor) -> Attachment:
    sheet = sheets.statement(statement, _name(statement.uid, by))
    name = f"giving-statement-{statement.year}-v{len(statement.versions)}.pdf"
    return Attachment(name, gateway.pdf(sheet))


def _name(uid: str, by: Actor) -> str:
    try:
        return sheets.printable(*profiles.name_of(uid, by=by))
    except NotFoundError:
        return sheets.NAMELESS  # the person was erased


def _pdf(file: Attachment) -> Pdf:
    return Pdf(file_name=file.file_name, content=b64encode(file.content).decode())
