"""Who may do what to the documents of Firestore: one table, and every attempt that follows from it.

A row is a person, a collection and an attempt; the table says which attempts are granted, and
every other one must be refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from tests.support.errors import Denied
from tests.support.patience import SOON_SECONDS
from tests.support.rules_client import ADMINISTRATOR, RulesClient, query
from tests.support.tokens import PROJECT, id_token

DEFAULT = f"projects/{PROJECT}/databases/(default)"
KEYS = f"projects/{PROJECT}/databases/keys"

OWNER_READS = {"assessments": "submittedAt", "plans": "requestedAt", "donations": "createdAt"}
"""The collections that people read themselves, each their own documents, and what orders those."""

BACKEND_ONLY = (
    "account_links",
    "account_locks",
    "reset_requests",
    "profiles",
    "accounts",
    "activity",
    "analyses",
    "audit_entries",
    "audit_heads",
    "assessment_records",
    "assessment_state",
    "breaches",
    "consent_events",
    "consents",
    "corrections",
    "customers",
    "dead_letters",
    "donor_totals",
    "earnings",
    "emergencies",
    "exports",
    "entitlements",
    "erasures",
    "giving_statements",
    "gift_terms",
    "holds",
    "key_rotations",
    "ledger_batch",
    "ledger_entries",
    "ledger_grouping",
    "ledger_groups",
    "ledger_head",
    "ledger_lease",
    "ledger_payments",
    "ledger_private",
    "ledger_progress",
    "ledger_queue",
    "ledger_statistics",
    "ledger_vendor_keys",
    "limit_salts",
    "monthly_gifts",
    "memberships",
    "notices",
    "onboarding",
    "operations",
    "outbox",
    "payment_cases",
    "payment_events",
    "payment_feeds",
    "payment_leases",
    "payment_reconciliations",
    "payment_movements",
    "part2_consents",
    "payees",
    "payments",
    "person_keys",
    "plan_records",
    "plan_requests",
    "plan_state",
    "rate_limits",
    "receipt_series",
    "receipts",
    "refund_requests",
    "role_changes",
    "sessions",
    "solicitation",
    "stripe_accounts",
    "stripe_invoices",
    "stripe_payouts",
    "stripe_subscriptions",
    "stripe_transfers",
    "unheard_of",
)

KEPT_IN_KEYS = ("person_keys", "unheard_of")


@dataclass(frozen=True)
class Person:
    """Somebody who asks; `uid` is None for a visitor who is not signed in."""

    role: str
    uid: str | None
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str | None:
        """The person's ID token."""
        return None if self.uid is None else id_token(self.uid, **self.claims)


VISITOR = Person("visitor", None)
OWNER = Person("owner", "alice")
STRANGER = Person("stranger", "mallory")
GUEST = Person("guest", "gus", {"firebase": {"sign_in_provider": "anonymous", "identities": {}}})
STAFF = Person("staff", "sam", {"admin": True, "role": "admin", "roles": ["admin", "staff"]})
PEOPLE = (VISITOR, OWNER, STRANGER, GUEST, STAFF)

type Attempt = tuple[str, bool, Callable[[RulesClient], object]]
"""What is attempted, whether it is granted, and the request."""


def seed(host: str) -> None:
    """Empty both databases, and store in every collection a document for each case."""
    for database, collections in (
        (DEFAULT, (*OWNER_READS, *BACKEND_ONLY)),
        (KEYS, KEPT_IN_KEYS),
    ):
        url = f"http://{host}/emulator/v1/{database}/documents"
        requests.delete(url, timeout=SOON_SECONDS).raise_for_status()
        RulesClient(host, database, ADMINISTRATOR).set_all(_documents(collections))


def disagreements(host: str, database: str, person: Person, collection: str) -> Iterator[str]:
    """Yield in words each attempt that ends otherwise than the table says."""
    client = RulesClient(host, database, person.token)
    readable = collection in OWNER_READS and database == DEFAULT
    attempts = (
        _on_readable(person, collection) if readable else _on_backend_only(person, collection)
    )
    for name, granted, make in attempts:
        expected = "granted" if granted else "refused"
        outcome = _outcome(client, make)
        if outcome != expected:
            yield f"{person.role}: {name} in {collection} was {outcome}, not {expected}"


def rows() -> Iterator[tuple[str, Person, str]]:
    """Yield each database, person and collection: the whole table, the readable ones first."""
    for collection in OWNER_READS:
        for person in PEOPLE:
            yield DEFAULT, person, collection
    for database, collections in ((DEFAULT, BACKEND_ONLY), (KEYS, KEPT_IN_KEYS)):
        for collection in collections:
            for person in (VISITOR, OWNER, GUEST, STAFF):  # each asks for what is their own
                yield database, person, collection


def _outcome(client: RulesClient, make: Callable[[RulesClient], object]) -> str:
    try:
        make(client)
    except Denied:
        return "refused"
    except requests.HTTPError as error:
        return f"answered with {error.response.status_code}"
    return "granted"


def _documents(collections: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    at = datetime(2027, 1, 15, tzinfo=UTC)
    documents: dict[str, dict[str, Any]] = {}
    for collection in collections:
        rest = {"status": "done", OWNER_READS.get(collection, "createdAt"): at}
        documents[f"{collection}/of-nobody"] = {"uid": None, **rest}
        documents[f"{collection}/without-uid"] = rest
        for uid in (person.uid for person in PEOPLE if person.uid is not None):
            documents[f"{collection}/of-{uid}"] = {"uid": uid, **rest}
            documents[f"{collection}/of-{uid}/{collection}/below"] = {"uid": uid, **rest}
            # Named after one person and about another: the name must count for nothing.
            documents[f"{collection}/{uid}"] = {"uid": _other(uid), **rest}
    return documents


def _other(uid: str | None) -> str:
    return "alice" if uid != "alice" else "mallory"


def _on_readable(person: Person, collection: str) -> Iterator[Attempt]:
    me, other, by = person.uid, _other(person.uid), OWNER_READS[collection]
    signed_in = me is not None
    own, others = f"{collection}/of-{me}", f"{collection}/of-{other}"
    mine = ("uid", "EQUAL", me)
    if signed_in:
        yield "get own", True, lambda c: c.get(own)
    yield "list own", signed_in, lambda c: c.find(query(collection, mine))
    yield (
        "list own, newest first",
        signed_in,
        lambda c: c.find(query(collection, mine, newest_first_by=by)),
    )
    yield "count own", signed_in, lambda c: c.count(query(collection, mine))

    refused: dict[str, Callable[[RulesClient], object]] = {
        "get another's": lambda c: c.get(others),
        "get what is named after the person": lambda c: c.get(f"{collection}/{me}"),
        "get what is nobody's": lambda c: c.get(f"{collection}/of-nobody"),
        "get what has no uid": lambda c: c.get(f"{collection}/without-uid"),
        "get what is missing": lambda c: c.get(f"{collection}/missing"),
        "get own and another's": lambda c: c.get_all(own, others),
        "list another's": lambda c: c.find(query(collection, ("uid", "EQUAL", other))),
        "list own and another's": lambda c: c.find(query(collection, ("uid", "IN", [me, other]))),
        "list what is nobody's": lambda c: c.find(query(collection, ("uid", "EQUAL", None))),
        "list by a range": lambda c: c.find(query(collection, ("uid", "GREATER_THAN", ""))),
        "list by another field": lambda c: c.find(query(collection, ("status", "EQUAL", "done"))),
        "count another's": lambda c: c.count(query(collection, ("uid", "EQUAL", other))),
        "get below own": lambda c: c.get(f"{own}/{collection}/below"),
        "list below own": lambda c: c.list_all(f"{own}/{collection}"),
        "list collections below own": lambda c: c.list_collections(own),
        "create below own": lambda c: c.create(f"{own}/{collection}/new", uid=me),
        "update another's": lambda c: c.update(others, status="failed"),
        "take over another's": lambda c: c.update(others, uid=me),
        "give away own": lambda c: c.update(own, uid=other),
        "add a field to own": lambda c: c.update(own, roles=["admin"]),
        "remove the other fields of own": lambda c: c.replace(own, uid=me),
        "delete another's": lambda c: c.delete(others),
        "let the server set a field of own": lambda c: c.commit(_server_time(c.name(own))),
        "create another's": lambda c: c.create(f"{collection}/new", uid=other),
        "create what is nobody's": lambda c: c.create(f"{collection}/new"),
    }
    for name, make in refused.items():
        yield name, False, make
    # What would be granted in a collection that people read is refused above or below.
    for name, granted, make in _on_backend_only(person, collection):
        if name not in {"get own", "list own", "count own"}:
            yield name, granted, make


def _on_backend_only(person: Person, collection: str) -> Iterator[Attempt]:
    me = person.uid
    own = f"{collection}/of-{me or 'alice'}"
    mine = ("uid", "EQUAL", me)
    refused: dict[str, Callable[[RulesClient], object]] = {
        "get own": lambda c: c.get(own),
        "list own": lambda c: c.find(query(collection, mine)),
        "list own under all parents": lambda c: c.find(
            query(collection, mine, of_all_parents=True)
        ),
        "list all": lambda c: c.find(query(collection)),
        "list all without a query": lambda c: c.list_all(collection),
        "count own": lambda c: c.count(query(collection, mine)),
        "count all": lambda c: c.count(query(collection)),
        "create own": lambda c: c.create(f"{collection}/new", uid=me, status="done"),
        "update own": lambda c: c.update(own, status="failed"),
        "delete own": lambda c: c.delete(own),
    }
    for name, make in refused.items():
        yield name, False, make


def _server_time(document: str) -> dict[str, Any]:
    change = {"fieldPath": "seenAt", "setToServerValue": "REQUEST_TIME"}
    return {"transform": {"document": document, "fieldTransforms": [change]}}
