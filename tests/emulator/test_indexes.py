"""`firestore.indexes.json` is exactly what the queries need, as the emulator counts them.

Every query of the stores is made here; what other tests asked before counts as well. An index that
the emulator reports is one that production would refuse the query without, or merge others for.
"""

import importlib
import inspect
import json
import os
import pkgutil
import re
from contextlib import suppress
from datetime import UTC, datetime
from itertools import compress, product
from pathlib import Path
from types import UnionType
from typing import get_args

import pytest
import requests
from pydantic import AwareDatetime

from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT

ROOT = Path(__file__).parents[2]
DECLARED = json.loads((ROOT / "firestore.indexes.json").read_text())
AT = datetime(2027, 1, 15, tzinfo=UTC)
UID = "somebody"


def make_queries_about_disclosures():
    """Call those of what others learn of people, and why."""
    from app.platform.audit import store as audit
    from app.platform.breaches import store as breaches
    from app.platform.consents import store as consents
    from app.platform.emergencies import store as emergencies

    audit.disclosures_of(UID, limit=1, cursor=None)
    breaches.page_of(limit=1, cursor=None)
    consents.overview(UID, limit=1, cursor=None)
    consents.history_of(UID, limit=1, cursor=None)
    emergencies.page_of(reviewed=False, limit=1, cursor=None)


def make_queries_about_mail():
    """Make those of mails and of requests for links."""
    from app.platform.credentials.store import links
    from app.platform.mail import store as mail

    links.unanswered(AT, 1)
    mail.overdue(AT, 1)


def make_queries_about_payments():
    """Make those of events, of what is reconciled, and of cases."""
    from app.platform.payments.models.cases import CaseState
    from app.platform.payments.models.documents import Movement, Reference
    from app.platform.payments.models.events import EventState
    from app.platform.payments.store import cases, events, feeds, truth

    events.due(AT, 1)
    for kind in (Movement, *truth.MIRRORS):
        feeds.since("any", kind, AT, 1)
    events.page_of(EventState.DEAD, limit=1, cursor=None)
    cases.page_of(CaseState.OPEN, limit=1, cursor=None)
    list(cases.all_open())
    truth.payments_for(Reference(kind="donation", id="any"))
    truth.movements_between(AT, AT)
    list(truth.unsettled())


def make_queries_about_keys_and_erasures():
    """Make those of keys that are renewed, and of people who are erased."""
    from app.kit.errors import NotFoundError
    from app.platform.keys import store as keys
    from app.platform.privacy.store import erasure as erasures
    from app.platform.records import store as records

    keys.due(AT, limit=1)
    records.wrapped_before(2, limit=1)
    erasures.due(AT, limit=1)
    list(erasures.all_begun())
    with suppress(NotFoundError):
        erasures.by_receipt("none")


def make_queries_about_receipts():
    """Make those of receipts and statements."""
    from app.recovery.receipts import store as receipts

    receipts.movements_of("pi_1")
    receipts.number_waiting(AT, lambda *_: None, lambda *_: None)
    receipts.page_of(UID, limit=1, cursor=None)
    receipts.due(AT, 1)
    receipts._of_year(UID, 2026)  # noqa: SLF001  # only those who issue ask


def make_queries_about_earnings():
    """Make those of who is paid out of payments, and when."""
    from app.platform.connect import store
    from app.platform.connect.models.documents import EarningState

    store.due(AT, 1)
    list(store.open_of("any"))
    store.of_payment("pi_any")
    store.page_in(EarningState.WAITING, limit=1, cursor=None)
    store.payouts_of("acct_any", limit=1, cursor=None)
    store.failed_payouts(limit=1, cursor=None)
    store.by_account("acct_any")


def make_queries_about_gifts():
    """Make those of gifts, monthly ones, and refunds."""
    from app.platform.payments.models.documents import Reference
    from app.recovery.donations.store import gifts as donations
    from app.recovery.donations.store import monthly, refunds

    donations.page_of(UID, limit=1, cursor=None)
    donations.in_state("disputed", limit=1, cursor=None)
    monthly.page_of(UID, limit=1, cursor=None)
    refunds.paid(Reference(kind="donation", id="any"), None)
    refunds.page_of(limit=1, cursor=None)
    refunds.overdue(AT, 1)


def make_queries_about_subscriptions():
    """Make those of subscriptions and their invoices."""
    from app.platform.subscriptions import store as subscriptions

    subscriptions.unpaid("sub_1")
    subscriptions.invoices_of("m1", limit=1, cursor=None)
    subscriptions.due(AT, 1)


def make_queries_about_proofs():
    from app.recovery.ledger.store import proofs
    from tests.emulator.functions.recovery.ledger import money

    money.give("g1")
    gift = proofs.own_gift("g1", "donor-of-g1")
    proofs.movements_of("g1", gift)
    proofs.movements_of("g1", gift.model_copy(update={"payment_intent_id": "pi_g1"}))


def make_queries_about_aid():
    """Make those of payments for people, and of their groups."""
    from app.recovery.ledger.store import aid

    aid.oldest_day()
    aid.waiting("2027-02-01")
    aid.made_after("2027-01")
    aid.forget_vendors("2026-Q4")


def make_every_query():
    """Call every function of a store that makes a query, once for each shape of it."""
    from app.coaching.assessments import store as assessments
    from app.coaching.plans import store as plans
    from app.kit import firestore
    from app.platform.accounts import store as accounts
    from app.platform.activity import store as activity
    from app.platform.audit import store as audit
    from app.platform.privacy.store import corrections, exports, holdings
    from app.platform.records.register import TYPES
    from app.platform.retention.policy import sweep as policy
    from app.platform.retention.store import holds, sweep
    from app.recovery.ledger import store as ledger
    from app.recovery.ledger.store import reading

    for domain in (assessments, plans):
        domain.page_of(UID, limit=1, cursor=None)
        domain.stuck(AT, limit=1)
    accounts.sessions_of(UID, limit=1, cursor=None)
    accounts.changes(limit=1, cursor=None)
    accounts.unsettled(AT, 1)
    audit.unsealed(1)
    filters = {"subject": UID, "actor": UID, "action": "read"}
    for some in product((True, False), repeat=len(filters)):
        equal = dict(compress(filters.items(), some))
        for since, until in ((None, None), (AT, AT)):
            audit.search(equal, since=since, until=until, limit=1, cursor=None)
    make_queries_about_disclosures()
    make_queries_about_mail()
    make_queries_about_receipts()
    make_queries_about_payments()
    make_queries_about_earnings()
    make_queries_about_gifts()
    make_queries_about_subscriptions()
    ledger.waiting(2)
    ledger.has_pending()
    reading.newest("all", 7, 1)
    list(reading.between("all", 0, 7))
    list(ledger.of_day("2027-01-15"))
    list(ledger.held_since(AT))
    make_queries_about_proofs()
    make_queries_about_aid()
    holds.held(UID)
    holds.page_of(limit=1, cursor=None)
    exports.stuck(AT, limit=1)
    corrections.waiting(1)
    corrections.page_of(UID, limit=1, cursor=None)
    activity.idle(AT, after=None, limit=1)
    for kind in policy.by_instant():
        sweep.delete_past(kind, kind.retention, AT)
    (idle,) = firestore.read(activity.activity.key(UID))
    sweep.delete_idle([TYPES["donations"]], idle)
    for _ in holdings.pages(TYPES["donations"], UID):
        pass
    make_queries_about_keys_and_erasures()


@pytest.fixture(scope="module")
def collections(surroundings):
    """Every collection of the default database, by its name."""
    import app  # reads the environment
    from app.kit.firestore import DEFAULT, Collection

    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(app.__path__, "app.")
        if {"store", "dead_letters"} & set(module.name.split("."))
    ]
    found = [v for m in modules for v in vars(m).values() if isinstance(v, Collection)]
    return {collection.name: collection for collection in found if collection.database == DEFAULT}


@pytest.fixture
def queries(admin, monkeypatch):
    """Every query of the stores: where in the code it is made, its collection and its fields."""
    from app.kit import documents
    from app.kit.firestore import Collection
    from app.recovery.ledger import store as ledger

    made = []
    find, older = Collection.find, documents.older

    def recording(collection, **parts):
        conditions = [parts.get(part) or {} for part in ("equal", "since", "before")]
        fields = {field for condition in conditions for field in condition}
        fields |= {parts["order_by"]} if parts.get("order_by") else set()
        caller = next(f for f in inspect.stack()[1:] if f.filename != inspect.getfile(Collection))
        made.append((Path(caller.filename).resolve(), caller.lineno, collection.name, fields))
        return find(collection, **parts)

    def recording_older(collection, than, **parts):
        caller = inspect.stack()[1]
        made.append((Path(caller.filename).resolve(), caller.lineno, collection, {than[0]}))
        return older(collection, than, **parts)

    monkeypatch.setattr(Collection, "find", recording)
    monkeypatch.setattr(documents, "older", recording_older)
    # With as many held items as a run looks at, the ledger asks once more, from another place.
    monkeypatch.setattr(ledger, "MAX_HELD", 1)
    admin.document("ledger_queue/held").set(
        {"leaf": b"", "kind": "DONATION", "createdAt": AT, "state": "HELD"}
    )
    # With a type that is held, whoever may have such records is looked for.
    held = {"recordType": "analyses", "holding": "records analyses", "reason": "regulator"}
    rest = {"subject": None, "matter": "R-7", "placedBy": "boss", "placedAt": AT}
    admin.document("holds/held").set(held | rest)
    make_every_query()
    return made


@pytest.fixture
def needed(queries, collections):
    """The composite indexes that all queries so far need, as the emulator says."""
    database = f"projects/{PROJECT}/databases/(default)"
    reply = requests.get(
        f"http://{os.environ['FIRESTORE_EMULATOR_HOST']}/emulator/v1/projects/{PROJECT}:indexUsage",
        params={"database": database},
        timeout=SOON_SECONDS,
    )
    reply.raise_for_status()
    indexes = [report["index"] for report in reply.json().get("reports", [])]
    owned = [index for index in indexes if group(index) in collections]
    identities = {identity(group(index), index) for index in owned}
    # The emulator asks for (state, state) where an equal field also orders; one is enough, and it
    # is there by itself.
    return {(*rest, fields) for *rest, fields in identities if len(fields) > 1}


def group(index):
    return index["name"].split("/")[-3]


def identity(collection, index):
    """Return what makes an index; the document's name ends each, in the order of the last field."""
    fields = {
        field["fieldPath"]: field.get("order") or field["arrayConfig"]
        for field in index["fields"]
        if field["fieldPath"] != "__name__"
    }
    return collection, index["queryScope"], tuple(fields.items())


def test_every_query_in_the_code_is_made_here(queries):
    in_code = {
        (path.resolve(), number)
        for path in (ROOT / "functions/app").rglob("*.py")
        if "store" in {path.stem, path.parent.name}
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.(find|newest|oldest|older)\(", line)
    }

    assert in_code == {(path, number) for path, number, _, _ in queries}


def test_queries_need_the_declared_indexes_and_no_others(needed):
    declared = [identity(index["collectionGroup"], index) for index in DECLARED["indexes"]]

    assert len(declared) == len(set(declared))
    assert needed == set(declared)


def test_times_are_indexed_alone_only_where_a_query_orders_by_them_alone(queries, collections):
    """An index on what only grows takes all writes in one place, which limits their rate."""
    alone = {(collection, *fields) for _, _, collection, fields in queries if len(fields) == 1}
    times = {
        (name, field.alias)
        for name, collection in collections.items()
        for field in collection._type.model_fields.values()  # noqa: SLF001  # nobody else asks
        if AwareDatetime in (field.annotation, *union_members(field.annotation))
    }
    exempt = [
        (override["collectionGroup"], override["fieldPath"])
        for override in DECLARED["fieldOverrides"]
        if override["indexes"] == []
    ]

    assert times
    assert len(exempt) == len(DECLARED["fieldOverrides"])
    assert sorted(exempt) == sorted(times - alone)


def union_members(annotation):
    return get_args(annotation) if isinstance(annotation, UnionType) else ()


@pytest.mark.usefixtures("surroundings")
def test_what_only_matters_until_a_time_expires_by_itself():
    from app.platform.records.register import TYPES  # reads the environment

    kept = [(name, row.retention) for name, row in TYPES.items() if row.retention]
    expiring = {
        (override["collectionGroup"], override["fieldPath"])
        for override in DECLARED["fieldOverrides"]
        if override.get("ttl")
    }

    assert expiring == {(name, how.since) for name, how in kept if how.by_ttl}
