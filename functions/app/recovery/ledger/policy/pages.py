"""Which entries a page of the ledger shows."""

from itertools import product

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Entry, Leaf, Page, PageEntry, Posting, ReadPage
from app.recovery.ledger.policy import leaves, periods


def filters(leaf: Leaf) -> list[str]:
    """Return the name of every filter that `leaf` passes: by category, by period, by both.

    An entry holds its index under each of these names, so that one query in the order of that
    field reads any page: entries that a filter stops do not have the field.
    """
    within = (None, *periods.around(leaf.period or leaf.day or ""))
    return [filter_name(c, p) for c, p in product((None, *leaf.categories), within)]


def filter_name(category: Category | None, period: str | None) -> str:
    """Return the name of a filter, which can be part of a Firestore field path as it is."""
    return "_".join((category or "ALL", *(period.split("-") if period else ())))


def page(request: ReadPage, entries: list[Entry], size: int) -> Page:
    """Return the answer to `request`.

    Args:
        request: what was asked for.
        entries: the newest entries that it asks for; one more than its limit where there are more.
        size: how many entries the ledger has.
    """
    shown = entries[: request.limit]
    more = len(entries) > len(shown)
    return Page(
        items=[_entry(entry, request.category) for entry in shown],
        size=size,
        next_cursor=str(shown[-1].index) if more else None,
    )


def _entry(entry: Entry, category: Category | None) -> PageEntry:
    shown = {None, category, leaves.pool_of(category)} if category else set(entry.balances)
    return PageEntry(
        index=entry.index,
        kind=entry.kind,
        day=entry.day,
        period=entry.period,
        currency=entry.currency,
        categories=entry.categories,
        postings=[Posting(*posting) for posting in sorted(entry.postings.items())],
        commitment=entry.commitment,
        group=entry.group,
        balances={fund: b for fund, b in entry.balances.items() if fund in shown},
    )
