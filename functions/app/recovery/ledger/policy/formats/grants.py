"""The 360Giving Data Standard: what was paid for people in need, as grants to individuals.

Each payment of a group is a grant. Nobody is named: of a recipient there is the place of the
payment in its group, which by amount stands for nobody (https://standard.threesixtygiving.org,
guide for grants to individuals). A grant has the last day of the period that its group tells of.
"""

import json
from collections.abc import Iterable, Iterator

from app.kit.money import Currency, decimal
from app.recovery.catalog.models import Category
from app.recovery.charity import Issuer
from app.recovery.ledger.models import POOLED, Fund, Pool
from app.recovery.ledger.models.reads import PageEntry
from app.recovery.ledger.policy import leaves, periods
from app.recovery.ledger.policy.formats.part import Part

_PURPOSES = {
    Category.HOUSING: "GTIP060",
    Category.TRANSPORT: "GTIP100",
    Category.TECH: "GTIP040",
    Category.FOOD: "GTIP070",
    Category.MEDICAL: "GTIP120",
    Category.CLOTHING: "GTIP080",
    Category.IDENTITY: "GTIP170",
    Category.FLEX: "GTIP010",
}
"""What each fund pays for, by the standard's codelist Grant to Individuals Purpose."""


def texts(entries: Iterable[PageEntry], part: Part) -> Iterator[str]:
    """Yield the package, in pieces: a valid JSON value only with the last one."""
    publisher = {"name": part.charity.name, "identifier": _organization(part.charity)}
    yield f'{{"publisher":{_json(publisher)},"grants":['
    separator = "\n"
    for entry in entries:
        yield separator + ",\n".join(map(_json, _grants(entry, part.charity)))
        separator = ",\n"
    yield "\n]}\n"


def _grants(entry: PageEntry, charity: Issuer) -> Iterator[dict[str, object]]:
    """Yield the payments that an entry tells of, which is a DISBURSEMENT."""
    funder, group = _organization(charity), entry.group
    (fund,) = {name for account, _ in entry.postings if (name := leaves.fund_of(account))}
    for number, amount in enumerate(group.amounts if group is not None else (), 1):
        yield {
            "id": f"{funder}-{entry.index}-{number}",
            "title": f"{fund}, {entry.period}",
            "description": "Paid to a vendor for a person in recovery from addiction.",
            "currency": entry.currency,
            "amountAwarded": _number(int(amount), entry.currency),
            "awardDate": periods.last_day(entry.period or ""),
            "recipientIndividual": {
                "id": f"{funder}-IND-{entry.index}-{number}",
                "name": "Individual Recipient",
            },
            "toIndividualsDetails": {"grantPurpose": _purposes(fund)},
            "fundingOrganization": [{"id": funder, "name": charity.name}],
            "grantProgramme": [{"code": fund, "title": fund}],
        }


def _organization(charity: Issuer) -> str:
    """Return the charity's identifier in the list US-EIN of org-id.guide."""
    return f"US-EIN-{charity.ein.replace('-', '')}"


def _purposes(fund: str) -> list[str]:
    funds: tuple[Fund, ...] = POOLED[Pool(fund)] if fund in set(Pool) else (Category(fund),)
    return sorted(_PURPOSES[Category(name)] for name in funds)


def _number(amount: int, currency: Currency) -> float:
    """Return what the standard has as a number; of 15 digits a double gives back each one."""
    return float(decimal(amount, currency))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
