"""Issuing giving statements: in January, and again when a receipt of the year changes."""

from app.kit import clock
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import schedule
from app.recovery import charity
from app.recovery.receipts import store
from app.recovery.receipts.models.messages import IssueStatement
from app.recovery.receipts.models.receipts import Notice, Receipt
from app.recovery.receipts.models.statements import Statement
from app.recovery.receipts.policy import mails
from app.recovery.receipts.policy import statements as policy

SWEEP_MAX = 500

_WORKER = "receiptsIssueStatementTask"


@schedule("every 60 minutes")
def receipts_issue_statements() -> None:
    """Queue the issue of statements that are due: the year is over, or a receipt was corrected.

    One query, and a task for each that it finds. The next run goes on where this one ends, and
    corrections of one hour make one version.
    """
    for statement_id in store.due(clock.now(), SWEEP_MAX):
        enqueue(_WORKER, IssueStatement(statement_id=statement_id))


@task_queue()
def receiptsIssueStatementTask(request: IssueStatement) -> None:  # noqa: N802  # as all queues
    """Issue a statement and queue its mail, if it is due; unchanged, it is not issued again.

    One read, one query and one commit.
    """
    now, issuer = clock.now(), charity.issuer()

    def decide(statement: Statement, receipts: list[Receipt]) -> tuple[Statement, Notice | None]:
        issued = policy.issued(statement, policy.lines(receipts), issuer, now)
        unchanged = len(issued.versions) == len(statement.versions)
        return issued, None if unchanged else mails.of_statement(request.statement_id, issued)

    store.issue_statement(request.statement_id, now, decide)
