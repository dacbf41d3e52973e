"""What a person confides turns up nowhere but sealed, and at the model for that person alone.

Every free text of every request carries a marker of its own, found in the models, so that a new
field is watched as soon as there is one; every option chosen in a coaching answer and every
sentence written about a person count as markers too. Then every function in `main` runs, with each
service up and failing, and everything that leaves it is searched.
"""

import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from firebase_admin import auth
from google.cloud.firestore import Client, FieldFilter

from app.kit.roles import Role
from app.platform.records.register import TYPES
from app.recovery.charity import ZONE
from tests.support.canaries import found, letters
from tests.support.deployed import Kind, deployed
from tests.support.export import export
from tests.support.firestore_proxy import proxied
from tests.support.giving import EMAIL, NAME, Giving
from tests.support.payees import Payees, complete
from tests.support.schemas import INSTANT, dotted, resolved, sample
from tests.support.tokens import PROJECT, id_token, staff

BIRTH_DATE = "1987-03-14"
CHOSEN = {
    "clear": [],
    "timeZone": "America/Denver",
    "linkedinUrl": "https://www.linkedin.com/in/someone",
    "siteUrl": "https://someone.example",
    "birthDate": BIRTH_DATE,
    "mainChallenges": ["diversity_and_inclusion", "other"],
    "skillPriorities": ["project_management", "other"],
    "learningStyle": "video_tutorials",
    "goalTimeframe": "6_months",
    "timeframe": "3_months",
    "items": [{"itemId": "laptop", "quantity": 2}],
    "limit": 20,
    "cursor": None,
    "recordType": None,
    "since": "2020-01-01T00:00:00Z",
    "until": "2120-01-01T00:00:00Z",
    "purpose": "treatment",
    "products": ["recovery_support"],
    "first": "recovery_support",
    "step": "decide_who_sees_records",
    "priceKey": "premium_monthly_usd",
    "seats": 1,
}
"""What a request needs beside free texts to be a right one."""
CORRECTED = {"recordType": "assessment_records", "field": "goalsText"}

OPTIONS = (
    "diversity_and_inclusion",
    "project_management",
    "video_tutorials",
    "6_months",
    "recovery_support",
    "decide_who_sees_records",
)
CALLS_FOR_THE_MODEL = {"assessments_submit", "plans_generate"}
"""Whose texts the model is to work on."""
FAILING = {"times": -1}
MODEL_FAULTS = (
    {"status": 500},
    {"status": 429},
    {"html": 502},
    {"text": "{"},
    {"truncate": 40},
    {"block": "PROHIBITED_CONTENT"},
    {"empty": True},
    {"reset": True},
)


@dataclass
class Person:
    """Somebody whose every word is a marker."""

    uid: str = field(default_factory=lambda: f"Uid{letters(20)}")
    words: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    tail: str = ""
    doctor: str = "nobody"
    consents: list[str] = field(default_factory=lambda: ["tpo", "processing"])
    """The kinds that are still to be given."""

    def __post_init__(self):
        self.name = f"Name{letters(12)}"
        self.email = f"mail{letters(12)}@example.org"
        self.phone = f"+1555{secrets.randbelow(10**7):07}"
        auth.create_user(
            uid=self.uid, email=self.email, display_name=self.name, phone_number=self.phone
        )

    @property
    def identifiers(self):
        return self.uid, self.name, self.email, self.phone

    @property
    def token(self):
        return id_token(
            self.uid,
            iat=int(time.time()) + 2,  # signing out everywhere ends those of its own second
            name=self.name,
            email=self.email,
            phone_number=self.phone,
            **staff(self.name, *Role),
        )

    def keep(self, result):
        """Take note of ids, of what was written about the person, and pay what is to be paid."""
        self.ids |= {name: value for name, value in result.items() if name.endswith("Id")}
        self.written += sentences([result.get("analysis"), result.get("plan")])
        if "checkoutUrl" in result:
            assert Giving(None, None).pay(result) == 303
        if "onboardingUrl" in result:
            complete(result["onboardingUrl"])
            self.ids["earningId"] = earn(self.uid)

    def request(self, function):
        """Return a right request to a callable, with a marker in every free text."""
        request = sample(resolved(function.schema), lambda path: self._word(function, path))
        request |= {name: value for name, value in CHOSEN.items() if name in request}
        request |= {name: value for name, value in self.ids.items() if name in request}
        request |= {name: self.uid for name in ("uid", "subjectUid") if name in request}
        if function.name == "consents_give":
            self._consent(request)
        if function.name == "privacy_correct":
            request |= CORRECTED | {"recordId": self.ids.get("assessmentId", "none")}
        if "idempotencyKey" in request:
            request["idempotencyKey"] = str(uuid4())
        return timed(request)

    def _consent(self, request):
        """Make a request one that gives a consent, first a general one."""
        request["kind"] = self.consents.pop() if self.consents else "processing"
        if request["kind"] == "processing":
            request["part2"] = None
            return
        form = request["part2"]
        form |= {"signature": form["patientName"], "recipientUid": self.doctor}
        form |= {"recipientClass": None, "disclosers": ["evergrow360"], "categories": ["coaching"]}
        form["purposes"] = ["treatment", "payment", "operations"]

    def _word(self, function, path):
        where = f"{function.name}.{dotted(path)}"
        self.words.setdefault(where, f"Canary{letters(16)}")
        if function.name == "profiles_update":  # whose fields are short
            short = "+13035550100" if path == ("phone",) else self.words[where]
            return f"{short}{self.tail}"
        # Contact data among the words must not reach the model either.
        return f"{self.words[where]} {self.email} {self.phone} {self.uid}{self.tail}"


def earn(uid):
    """Let somebody have completed a thing two days ago, and return the id of what it earned."""
    from app.kit import firestore, ids  # reads the environment
    from app.platform.connect import earnings
    from app.platform.payments.models.documents import Reference

    thing = Reference(kind="booking", id=ids.new())
    at = datetime.now(UTC) - timedelta(days=2)
    of = {"price_cents": 1_000, "payment_intent_id": "pi_none", "at": at}
    firestore.commit(*earnings.accrue(thing, uid, earnings.PayeeKind.COACH, **of))
    return earnings.key(thing).id


def timed(value):
    """Return a request with its times around now."""
    if not isinstance(value, dict):
        return value
    now = datetime.now(UTC)
    times = {name: now for name, item in value.items() if item == INSTANT}
    times |= {name: now + timedelta(days=90) for name in times if name == "expiresAt"}
    return {
        name: times[name].isoformat() if name in times else timed(item)
        for name, item in value.items()
    }


def sentences(value):
    """Return every text of some length in a JSON value."""
    match value:
        case dict():
            return [text for item in value.values() for text in sentences(item)]
        case list():
            return [text for item in value for text in sentences(item)]
        case str() if len(value) > 30:
            return [value]
    return []


@dataclass
class World:
    """People who did everything, while each service was up and while it failed."""

    people: list[Person] = field(default_factory=list)
    asked: list = field(default_factory=list)
    """Every request to the model."""
    stored: list = field(default_factory=list)
    """What both databases held, at moments that do not last."""
    unused: set[str] = field(default_factory=set)
    """The functions that did not succeed once."""

    @property
    def confided(self):
        """What nobody else may learn: words, choices, and what was written of them."""
        texts = [text for p in self.people for text in (*p.words.values(), *p.written)]
        return {*texts, *OPTIONS, BIRTH_DATE}

    @property
    def identifiers(self):
        return {text for person in self.people for text in person.identifiers} | {EMAIL, NAME}

    @property
    def whose(self):
        """The person behind each word."""
        return {word: p.uid for p in self.people for word in p.words.values()}

    def where(self, words):
        """Return the fields in which words were written."""
        return {at for p in self.people for at, word in p.words.items() if word in words}

    @property
    def uids(self):
        return {person.uid for person in self.people}


def visit(backend, world, ann, doctor):
    """Let a person do everything, and their doctor read and review what is theirs."""
    ann.doctor = doctor.uid

    def look():
        world.stored.append(export())
        doctor.ids |= ann.ids
        for name in ("disclosures_read", "emergencies_review"):
            backend.call_as(doctor, name)

    backend.call_all_as(ann, look=look)


@pytest.fixture
def world(witness, services, set_clock, monkeypatch):  # noqa: PLR0915  # a story, in its order
    from app.platform.kms import gateway as kms
    from app.platform.records import keyring, vault

    backend, giving, world = witness, Giving(witness, services.stripe), World()

    def someone():
        world.people.append(Person())
        return world.people[-1]

    def leave(person):
        for name in ("assessments_submit", "privacy_erase"):
            backend.call_as(person, name)
        for days in (8, 9):
            set_clock(datetime.now(UTC) + timedelta(days=days))
            backend.tick("privacy_sweep_erasures")
            backend.run_queued()
        set_clock(datetime.now(UTC))

    def later():
        set_clock(datetime.now(UTC) + timedelta(minutes=3))
        backend.run_schedules()
        set_clock(datetime.now(UTC))

    giving.sandbox("balance", delaySeconds=None)
    backend.tick("subscriptions_sync_catalogue")
    ann = someone()
    sign_in_and_give_roles(backend, ann, *(someone() for _ in range(3)))
    leave_work_for_finance(giving, ann)
    visit(backend, world, ann, doctor=someone())
    giving.sandbox("release")
    giving.deliver_all()
    manage_gifts(backend, giving, ann)
    change_subscription(backend, ann)
    pay_out(Payees(giving, lambda _: None), ann)
    refund_and_dispute(backend, giving, ann, someone(), someone())
    open_links(backend, services.inbox, ann)
    backend.run_triggers(again=True)
    backend.run_queued()
    backend.read_all()
    receive_receipts(backend, set_clock, ann)
    waiting = someone()
    backend.call_as(waiting, "assessments_submit")
    waiting.ids["correctionId"] = ann.ids["correctionId"]
    backend.call_as(waiting, "privacy_decide_correction")
    later()
    leave(someone())
    world.unused = {function.name for function in deployed(*Kind)} - backend.succeeded

    backend.call_all_as(ann)  # too soon, and under new keys
    ann.tail = "x" * 2000
    backend.call_all_as(ann)  # too long
    ann.tail = ""
    stranger = someone()
    stranger.ids |= ann.ids
    for function in deployed(Kind.CALLABLE):
        backend.call_as(stranger, function.name)
    backend.run_triggers()

    swap_records(ann, stranger)
    backend.call_all_as(ann)

    for fault in MODEL_FAULTS:
        services.model.inject(fault | FAILING)
        backend.make_as(someone(), only={"consents_give", *CALLS_FOR_THE_MODEL})
        world.asked += services.model.calls()
        services.model.reset()

    services.kms.inject({"code": "UNAVAILABLE"} | FAILING)
    vault.keyring.forget()
    with monkeypatch.context() as hasty:
        hasty.setattr(keyring, "LOAD_SECONDS", 0.1)  # what is waited for does not come
        hasty.setattr(kms, "LEAST_SECONDS", 0.1)
        backend.call_all_as(ann)
        backend.call_as(someone(), "assessments_submit")
        later()
    services.kms.reset()

    backend.call_all_as(someone())
    events = giving.events()[-5:]
    backend.run_queued()  # else all that waits waits for a service that is down
    services.stripe.inject({"kind": "api_status", "status": 500} | FAILING)
    backend.call_as(ann, "donations_create_checkout")
    backend.call_as(someone(), "subscriptions_start")
    for event in events:
        giving.deliver(event)
    backend.run_queued(retries=7)
    later()
    backend.run_triggers(again=True)
    world.asked += services.model.calls()
    return world


def sign_in_and_give_roles(backend, ann, eve, bob, cal):
    """Make Ann and Eve admins; Ann can approve what Eve proposes for Bob, and give Cal a role."""
    backend.ask_all_about(ann.uid, email=ann.email, display_name=ann.name)
    accounts = Client(project=PROJECT).collection("accounts")
    for person in (ann, eve):
        accounts.document(person.uid).set({"roles": ["admin"]})
    auth.update_user(bob.uid, email_verified=True)
    change = {"person": bob.uid, "role": "admin", "held": True, "idempotencyKey": str(uuid4())}
    headers = {"Authorization": f"Bearer {eve.token}"}
    proposed = backend.request("accounts_change_role", json={"data": change}, headers=headers)
    ann.ids["changeId"] = proposed.get_json()["result"]["changeId"]
    ann.ids["person"] = cal.uid


def leave_work_for_finance(giving, person):
    """Let an event come that is not handled, and a case be found; a person knows of both."""
    from app.platform.payments import cases  # reads the environment
    from app.platform.payments.models.cases import CaseKind, Difference

    data = {"object": {"id": "acct_1", "object": "account"}}
    event = {"id": "evt_1", "object": "event", "type": "account.updated", "data": data}
    event |= {"livemode": False, "api_version": None, "account": "acct_1"}
    assert giving.deliver_connected(event).status_code == 200
    amounts = {"expected_cents": 0, "actual_cents": -7, "currency": "USD"}
    fee = Difference(kind=CaseKind.UNEXPLAINED, type="stripe_fee", **amounts)
    cases.tell({"txn_1": fee})
    person.ids |= {"eventId": "acct_1_evt_1", "caseId": "txn_1"}


def manage_gifts(backend, giving, person):
    """Do with a person's paid gifts and saved cards what can be done with them."""
    customer = Client(project=PROJECT).document(f"customers/{person.uid}").get().get("customerId")
    saved = giving.api("GET", f"/v1/customers/{customer}/payment_methods")["data"]
    person.ids["paymentMethodId"] = saved[0]["id"]
    for name in (
        "donations_get_share_card",
        "donations_change_monthly",
        "donations_cancel_monthly",
        "customers_open_portal",
        "customers_set_default_payment_method",
        "customers_remove_payment_method",
    ):
        backend.call_as(person, name)
    giving.deliver_all()
    backend.call_as(person, "donations_resume_monthly")


def refund_and_dispute(backend, giving, donor, finance, second):
    """Refund a gift of a donor's, at once and with a second person, and handle disputes."""
    gift = Client(project=PROJECT).document(f"donations/{donor.ids['donationId']}")
    finance.ids["donationId"] = gift.id
    backend.call_as(finance, "donations_refund")
    gift.update({"orderedRefundCents": 60_000})  # so that another person is to agree
    backend.call_as(finance, "donations_refund")
    second.ids["requestId"] = finance.ids["requestId"]
    backend.call_as(second, "donations_decide_refund")
    for name in ("donations_answer_dispute", "donations_accept_dispute"):
        checkout = giving.checkout(donor.uid)
        giving.pay(checkout, "pm_card_createDispute")
        giving.sandbox("clock", advanceSeconds=60)
        giving.sandbox("release")
        giving.deliver_all()
        finance.ids["donationId"] = checkout["donationId"]
        backend.call_as(finance, name)


LINKS = {
    "credentials_request_verification": "credentials_confirm_verification",
    "credentials_request_email_change": "credentials_confirm_email_change",
    "credentials_request_password_reset": "credentials_reset_password",
}


def pay_out(payees, person):
    """Let a person have money at Stripe and send it to their bank, of which Stripe tells."""
    payees.pay(20_000, method="pm_card_bypassPending")
    account_id, money = payees.account_id(person.uid), {"amount": 5_000, "currency": "usd"}
    payees.giving.api("POST", "/v1/transfers", destination=account_id, **money)
    payees.asking(account_id, "POST", "/v1/payouts", **money)
    payees.deliver_all()


def change_subscription(backend, person):
    """Let a person look at their subscription and change it, once Stripe has told of it."""
    backend.run_triggers()
    for name in ("list_invoices", "preview_change", "change", "cancel", "resume"):
        backend.call_as(person, f"subscriptions_{name}")


def receive_receipts(backend, set_clock, person):
    """Let the gift of a person be receipted and stated, and mailed; they read both."""
    erasure = person.ids.pop("receiptId")  # of another kind
    database = Client(project=PROJECT)
    set_clock(datetime(datetime.now(ZONE).year + 1, 1, 10, tzinfo=UTC))
    backend.tick("receipts_issue_statements")
    backend.run_queued()
    set_clock(datetime.now(UTC))
    backend.run_triggers()
    backend.run_queued()
    owned = FieldFilter("uid", "==", person.uid)
    (receipt, *_) = database.collection("receipts").where(filter=owned).get()
    person.ids |= {"receiptId": receipt.id, "year": receipt.get("year")}
    for name in ("receipts_get", "receipts_get_pdf", "receipts_get_statement"):
        backend.call_as(person, name)
    person.ids["receiptId"] = erasure


def open_links(backend, inbox, person):
    """Ask for each link as a person, and open it in the mail."""
    person.ids["newEmail"] = f"new{person.email}"
    backend.run_triggers()
    backend.run_queued()
    for ask, confirm in LINKS.items():
        person.ids["email"] = auth.get_user(person.uid).email
        backend.call_as(person, ask)
        for _ in range(2):  # what makes the link, then what makes the mail
            backend.run_triggers()
        backend.run_queued()
        tokens = [re.search(r"#token=([\w-]{43})", mail["text"]) for mail in inbox.calls()]
        person.ids["token"] = [token for token in tokens if token][-1][1]
        backend.call_as(person, confirm)


def swap_records(one, other):
    """Put the sealed answers of two people in each other's place, where they do not open."""
    records = Client(project=PROJECT).collection("assessment_records")
    (of_one,), (of_other,) = (
        records.where(filter=FieldFilter("uid", "==", p.uid)).get() for p in (one, other)
    )
    of_one.reference.update({"sealed": of_other.get("sealed")})
    of_other.reference.update({"sealed": of_one.get("sealed")})


def unaudited(commits):
    """Return the places where something sealed was stored without an audit entry beside it."""
    problems, seen = set(), set()
    for commit in commits:
        stored, told = set(), set()
        for write in commit.writes:
            path = write.update.name.rpartition("/documents/")[2]
            fields = write.update.fields
            if path.startswith("audit_entries/") and "touched" in fields:  # made, not sealed
                told |= {
                    place.map_value.fields["path"].string_value
                    for place in fields["touched"].array_value.values
                }
            kind = TYPES.get(path.partition("/")[0])
            sealed = fields["sealed"].map_value.fields if "sealed" in fields else {}
            # Not `swap_records`, and not the renewal of keys, which changes no value.
            whole = kind is not None and kind.owner_field in {"", *fields} and len(fields) > 1
            ciphertexts = {value.bytes_value for value in sealed.values()}
            if not ciphertexts <= seen and whole and kind.access.audited:
                stored.add(path)
            seen |= ciphertexts
        problems |= stored - told
    return problems


def test_nothing_confided_leaves_but_to_the_model_and_sealing_is_audited(
    caplog, capfd, witness, services, request
):
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "mail.log")  # the mail server's, which knows recipients
    with proxied() as proxy:
        world = request.getfixturevalue("world")  # not before logs are watched
        commits = proxy.commits()
    secret = world.confided | world.identifiers
    logs = capfd.readouterr()
    refusals = [answer.body for answer in witness.answers if answer.status >= 400]
    reads = {function.name for function in deployed(Kind.PUBLIC_GET)}
    public = [answer.body for answer in witness.answers if answer.function in reads]
    stored = [*world.stored, export()]
    paths = {name for seen in stored for name in seen}
    mails = services.inbox.calls()
    tasks = [task.data for task in services.queues.accepted]

    assert unaudited(commits) == set()
    assert sum("audit_entries/" in str(commit) for commit in commits) > 50

    # Everything was tried, and each place has something to be searched.
    assert world.unused == set()
    assert {answer.status for answer in witness.answers} == {
        200,
        204,
        400,
        401,
        403,
        404,
        429,
        500,
        503,
    }
    assert any("/dead_letters/" in path for path in paths)
    assert all(
        (
            *(logs.out, logs.err, caplog.text, public, tasks, mails),
            *(services.stripe.calls(), world.asked),
        )
    )

    assert found(secret, logs.out, logs.err, caplog.text) == set()
    assert found(secret, refusals) == set()
    assert found(secret, public) == set()
    assert found(secret, tasks) == set()
    assert found(secret, services.stripe.calls()) == set()
    assert found(secret, [str(m).replace(m["to"][0], "") for m in mails]) == set()
    assert found(secret - world.uids, stored) == set()

    ids = {path.rpartition("/")[2] for path in paths}
    ids = {document for document in ids if len(document) > len("main")}
    assert found(world.identifiers | ids, world.asked) == set()
    for call in world.asked:
        assert len({world.whose[word] for word in found(world.whose, call)}) == 1, call
    for_the_model = found(world.whose, world.asked)
    assert {where.partition(".")[0] for where in world.where(for_the_model)} == CALLS_FOR_THE_MODEL
