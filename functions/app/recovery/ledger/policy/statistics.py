"""What entries sum up to.

All figures are sums of what entries tell in public, so they tell no more than these do: any sum or
difference of figures about people is about whole groups.
"""

from collections.abc import Iterable

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Entry, Fund, Kind, Pool
from app.recovery.ledger.models.aid import Statement
from app.recovery.ledger.models.statistics import (
    Cells,
    Figures,
    FundFigures,
    PeriodFigures,
    StatementView,
    Statistics,
    StatisticsView,
)
from app.recovery.ledger.policy import leaves

ALL = "ALL"
"""The document of whole years."""

_PARTS = {
    "donations": ("gross_cents", -1),
    "fees": ("fee_cents", 1),
    "refunds": ("refunded_cents", 1),
    "disputes": ("disputed_cents", 1),
    "covers": ("covered_cents", -1),
    "transfers": ("transferred_cents", -1),
    "disbursed": ("disbursed_cents", 1),
}
"""By part of a fund: what figure its postings add to, and with which sign."""


def sums(entries: Iterable[Entry]) -> dict[str, Cells]:
    """Return what `entries` add to each document of statistics: that of their year, and `ALL`."""
    found: dict[str, Cells] = {}
    for entry in entries:
        period = entry.period or (entry.day or "")[:7]
        year = period[:4]
        for name, cell in ((year, period), (ALL, year)):
            cells = found.setdefault(name, {}).setdefault(cell, {})
            for fund, figures in _figures(entry).items():
                cells[fund] = _plus(cells.get(fund, Figures()), figures)
    return found


def plus(statistics: Statistics, cells: Cells, batches: int) -> Statistics:
    """Return `statistics` with what a batch adds, which makes `batches` of them."""
    periods = {period: dict(funds) for period, funds in statistics.periods.items()}
    for period, funds in cells.items():
        there = periods.setdefault(period, {})
        for fund, figures in funds.items():
            there[fund] = _plus(there.get(fund, Figures()), figures)
    return statistics.model_copy(update={"periods": periods, "batches": batches})


def view(
    year: str | None, everything: Statistics, of_year: Statistics, statement: Statement | None
) -> StatisticsView:
    """Return the answer to who asks for a year, or for all years.

    Args:
        year: the year that is asked for; None for all.
        everything: the figures of whole years.
        of_year: the figures of the months and quarters of `year`.
        statement: the last statement.
    """
    before = {y: funds for y, funds in everything.periods.items() if year is None or y < year}
    years, balances = _running(before, {})
    shown = years if year is None else _running(of_year.periods, balances)[0]
    told = None
    if statement is not None:
        told = StatementView(month=statement.month, difference_cents=statement.difference_cents)
    return StatisticsView(periods=tuple(shown), statement=told)


def _running(
    cells: Cells, balances: dict[Fund, int]
) -> tuple[list[PeriodFigures], dict[Fund, int]]:
    """Return periods in order with running balances, and the balances after the last one."""
    balances = dict(balances)
    shown = []
    for period in sorted(cells, key=_end):
        funds = []
        for fund, figures in sorted(cells[period].items()):
            balances[fund] = balances.get(fund, 0) + _left(figures)
            funds.append(
                FundFigures(fund=fund, balance_cents=balances[fund], **figures.model_dump())
            )
        shown.append(PeriodFigures(period=period, funds=tuple(funds)))
    return shown, balances


def _end(period: str) -> tuple[str, bool]:
    """Return what orders periods by their end: a quarter comes after its last month."""
    year, _, part = period.partition("-")
    return (f"{year}-{3 * int(part[1]):02}", True) if part.startswith("Q") else (period, False)


def _left(figures: Figures) -> int:
    """Return what remains of them in the fund: what its credits add and its debits take."""
    cents: dict[str, int] = figures.model_dump()
    return sum(-sign * cents[name] for name, sign in _PARTS.values())


def _figures(entry: Entry) -> dict[Fund, Figures]:
    found: dict[Fund, Figures] = {}
    for account, amount in entry.postings.items():
        name = leaves.fund_of(account)
        if name is None:
            continue
        fund: Fund = Pool(name) if name in set(Pool) else Category(name)
        figure, sign = _PARTS[account.rpartition(":")[2]]
        added = {figure: sign * int(amount)}
        if entry.kind is Kind.DONATION and figure == "gross_cents":
            added["gifts"] = 1
        if entry.group is not None:
            added["recipients"] = entry.group.recipients
        found[fund] = _plus(found.get(fund, Figures()), Figures(**added))
    return found


def _plus(some: Figures, more: Figures) -> Figures:
    return Figures(**{n: getattr(some, n) + getattr(more, n) for n in Figures.model_fields})
