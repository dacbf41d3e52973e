"""A journal for hledger: plain text accounting, with the accounts and signs of the ledger.

It declares its commodity and every account that an entry can touch, so that `hledger check
--strict` accepts it. The journal of the whole ledger ends with an entry of nothing that asserts
what each account holds, which hledger then compares with what it sums up itself. What is of a
month or a quarter stands on its last day.
"""

from collections.abc import Iterable, Iterator

from app.kit.money import Currency, decimal
from app.recovery.ledger.models.reads import PageEntry
from app.recovery.ledger.policy import leaves, periods
from app.recovery.ledger.policy.formats.part import Part

END = "; the end"
"""Begins the last line. A journal without it was cut off."""


def texts(entries: Iterable[PageEntry], part: Part) -> Iterator[str]:
    """Yield the text of the journal, in pieces."""
    yield f"; entries {part.first_index} to {part.size} of a ledger of {part.size}\n"
    yield "".join(f"commodity 1000.00 {currency}\n" for currency in Currency)
    yield "".join(f"account {account}\n" for account in leaves.all_accounts())
    balances: dict[tuple[str, Currency], int] = {}
    last_day = ""
    for entry in entries:
        yield _transaction(entry)
        last_day = max(last_day, _day(entry))
        for account, balance in entry.account_balances.items():
            balances[account, entry.currency] = int(balance)
    if part.whole and balances:
        yield _assertions(last_day, balances)
    yield f"\n{END}, last index {'none' if part.last_index is None else part.last_index}\n"


def _day(entry: PageEntry) -> str:
    return periods.last_day(entry.period or entry.day or "")


def _transaction(entry: PageEntry) -> str:
    group = entry.group
    tags = {
        "index": entry.index,
        "commitment": entry.commitment,
        "period": entry.period,
        "recipients": group and group.recipients,
        "payments_root": group and group.root,
    }
    told = ", ".join(f"{name}:{value}" for name, value in tags.items() if value is not None)
    postings = (
        f"    {account}  {decimal(int(amount), entry.currency)} {entry.currency}\n"
        for account, amount in entry.postings
    )
    return f"\n{_day(entry)} * {entry.kind}  ; {told}\n{''.join(postings)}"


def _assertions(day: str, balances: dict[tuple[str, Currency], int]) -> str:
    lines = (
        f"    {account}  {decimal(0, currency)} {currency} = {decimal(held, currency)} {currency}\n"
        for (account, currency), held in sorted(balances.items())
    )
    return f"\n{day} * what accounts hold\n{''.join(lines)}"
