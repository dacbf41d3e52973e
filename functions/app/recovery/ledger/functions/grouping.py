"""Payments for people into the public ledger, in groups."""

from app.kit.triggers import schedule
from app.recovery.ledger import grouping


@schedule("every day 05:00", timeout_sec=540)
def ledger_group_disbursements() -> None:
    """Make the groups of the months that are over, and let them join the ledger.

    With no month to make: one read, and a query while no payment ever cleared. For a month: a
    query and a read for each five hundred payments that wait, and a read and a commit for each
    five hundred that get a group.
    """
    grouping.group()
