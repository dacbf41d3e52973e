"""Which entries a page of the ledger shows."""

from itertools import product

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Entry, Leaf, Posting
from app.recovery.ledger.models.reads import Filter, Page, PageEntry, ReadPage
from app.recovery.ledger.policy import leaves, periods


def filters(leaf: Leaf) -> list[str]:
    """Return the name of every filter that `leaf` passes: by category, by kind, by period.

    An entry holds its index under each of these names, so that one query in the order of that
    field reads any page: entries that a filter stops do not have the field.
    """
    within = (None, *periods.around(leaf.period or leaf.day or ""))
    parts = product((None, *leaf.categories), (None, leaf.kind), within)
    names = (filter_name(Filter(category=c, kind=k, period=p)) for c, k, p in parts)
    return [name for name in names if name is not None]


def filter_name(wanted: Filter) -> str | None:
    """Return the name of a filter, which can be part of a Firestore field path; None for no filter.

    Which entries no filter stops is known without a name: their indices have no gap.
    """
    if (wanted.category, wanted.kind, wanted.period) == (None, None, None):
        return None
    kind = () if wanted.kind is None else (wanted.kind,)
    period = wanted.period.split("-") if wanted.period else ()
    return "_".join((wanted.category or "ALL", *kind, *period))


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
        items=[shown_as(entry, request.category) for entry in shown],
        size=size,
        next_cursor=str(shown[-1].index) if more else None,
    )


def shown_as(entry: Entry, category: Category | None) -> PageEntry:
    """Return `entry` as the public sees it who asked for `category`, on pages and in exports."""
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
        account_balances=entry.account_balances,
    )
