"""How many calls to Firestore, KMS, Storage, Stripe, model and queue each function makes.

What an operation takes is decided by the number of its calls one after the other, so each has its
number here. Tries that fail count as well.
"""

import contextlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests
import stripe as stripe_sdk
from firebase_admin import auth
from google.cloud.firestore import Client

from app.kit import clock
from app.kit.roles import Role
from app.kit.terms import TermsVersion
from app.platform.connect.models.documents import PayeeKind
from app.platform.privacy.policy import erasure as policy
from app.platform.records.register import TYPES
from app.platform.retention.policy.sweep import by_instant
from sandbox.smtp import SmtpInbox
from sandbox.standin import StandIn
from sandbox.stripe.server import StripeStandIn
from tests.emulator.functions.recovery.ledger import aid
from tests.support.consents import general, written
from tests.support.firestore_proxy import Call, FirestoreProxy, proxied
from tests.support.giving import Giving
from tests.support.leaver import ask
from tests.support.patience import SOON_SECONDS
from tests.support.payees import Payees
from tests.support.subscribing import PREMIUM, Subscribing
from tests.support.tokens import PROJECT, staff
from tests.unit.coaching.assessments.samples import WIRE

if TYPE_CHECKING:
    from tests.support.backend import Backend

type Operation = Callable[[], object]


@dataclass(frozen=True)
class Calls:
    """Numbers of calls. Reads, queries and commits are of the database `(default)`."""

    reads: int = 0
    queries: int = 0
    commits: int = 0
    key_reads: int = 0
    key_queries: int = 0
    key_commits: int = 0
    kms: int = 0
    storage: int = 0
    stripe: int = 0
    model: int = 0
    mails: int = 0
    witness: int = 0
    tasks: int = 0

    def plus(self, **more: int) -> "Calls":
        """Return these numbers with `more` added."""
        return replace(self, **{name: asdict(self)[name] + number for name, number in more.items()})


PLAN = {"goals": ["Lead two teams"], "timeframe": "3_months"}
COLD = {"key_reads": 1, "kms": 1}
"""What an instance that does not have the person's key does first."""
FIRST_USE = {"key_reads": 1, "key_commits": 1, "kms": 1}
"""What comes first for a person who has no key yet."""


def as_customer(uid: str) -> str:
    """Make somebody a customer at Stripe, who saved a card; return the customer's id."""
    from app.kit import firestore  # reads the environment
    from app.platform.customers import customer

    customer_id, writes = customer.ensured(firestore.read(customer.key(uid))[0])
    firestore.commit(*writes)
    return customer_id


class World:
    """Ann, who has done nothing yet, and the backend."""

    def __init__(
        self,
        backend: "Backend",
        giving: Giving,
        inbox: SmtpInbox,
        set_clock: Callable[[datetime], None],
    ) -> None:
        self.backend = backend
        self.inbox = inbox
        self.set_clock = set_clock
        self.giving = giving

    def calling(self, name: str, **data: Any) -> Operation:
        """Return the call of a callable by Ann."""
        return lambda: self.backend.call(name, data, uid="ann")

    def keyed(self, name: str, **data: Any) -> Operation:
        """Return the call of a callable that takes an idempotency key."""
        return self.calling(name, idempotencyKey=str(uuid4()), **data)

    def as_admin(self, name: str, **data: Any) -> Operation:
        """Return the call of a callable by Ann, who is an admin too."""
        return lambda: self.backend.call(name, data, uid="ann", **staff("admin"))

    def placed(self) -> str:
        """Let Ann place a legal hold; return its id."""
        answer: Any = place_hold(self)()
        return str(answer["holdId"])

    def admins(self, *uids: str) -> None:
        """Make people admins."""
        from app.kit import firestore  # reads the environment
        from app.platform.accounts.models import Account
        from app.platform.accounts.store import accounts

        admin = Account(roles=frozenset({Role.ADMIN}))
        firestore.commit(*(accounts.put(uid, admin) for uid in uids))

    def keyed_as_admin(self, uid: str, name: str, **data: Any) -> Operation:
        """Return the call of a callable with an idempotency key by an admin."""
        data = {"idempotencyKey": str(uuid4()), **data}
        return lambda: self.backend.call(name, data, uid=uid, **staff("admin"))

    def submitted(self) -> str:
        """Let Ann, whose words a model may read, submit an assessment; return its id."""
        self.calling("consents_give", **general())()
        answer: Any = self.keyed("assessments_submit", **WIRE)()
        return str(answer["assessmentId"])

    def analyzed(self) -> str:
        """Let Ann's assessment be analyzed; return its id."""
        assessment_id = self.submitted()
        self.backend.deliver("assessments_on_submitted", assessment_id)
        return assessment_id

    def planned(self) -> str:
        """Let Ann ask for a plan; return its id."""
        self.analyzed()
        answer: Any = self.keyed("plans_generate", **PLAN)()
        return str(answer["planId"])

    def paid(self) -> dict[str, Any]:
        """Let Ann give; return the event that says that it is paid."""
        self.giving.give(uid="ann")
        (event,) = self.giving.events("payment_intent.succeeded")
        return event

    def movement(self) -> str:
        """Let Ann's gift be looked up; return the id of the movement of its money."""
        from app.platform.payments.store.truth import movements  # reads the environment

        self.giving.deliver(self.paid())
        self.backend.run_tasks()
        (found,) = movements.find(limit=2)
        return found.id


def accept_terms(world: World) -> Operation:
    return world.keyed(
        "accounts_accept_terms", termsVersion=TermsVersion.CURRENT, birthDate="1990-05-01"
    )


def change_role(world: World) -> Operation:
    world.admins("ann")
    world.calling("assessments_list")()  # Firebase Auth knows Ann
    world.backend.call("assessments_list", {}, uid="bob")
    return world.keyed_as_admin(
        "ann", "accounts_change_role", person="bob", role="coach", held=True
    )


def approve_role_change(world: World) -> Operation:
    change_role(world)
    world.admins("ann", "eve")
    auth.update_user("bob", email=f"{uuid4().hex}@example.org", email_verified=True)
    proposed: Any = world.keyed_as_admin(
        "eve", "accounts_change_role", person="bob", role="admin", held=True
    )()
    return world.keyed_as_admin(
        "ann", "accounts_approve_role_change", changeId=proposed["changeId"]
    )


def list_role_changes(world: World) -> Operation:
    return lambda: world.backend.call("accounts_list_role_changes", {}, uid="ann", **staff("admin"))


def before_sign_in(world: World) -> Operation:
    return lambda: world.backend.ask("accounts_before_sign_in", "beforeSignIn", "ann")


def before_sign_up(world: World) -> Operation:
    return lambda: world.backend.ask("accounts_before_sign_up", "beforeCreate", "ann")


def give_processing(world: World) -> Operation:
    return world.calling("consents_give", **general())


def give_part2(world: World) -> Operation:
    return world.calling("consents_give", **written("consent", datetime.now(UTC)))


def withdraw(world: World) -> Operation:
    give_part2(world)()
    return world.keyed("consents_withdraw", consentId="processing")


def list_consents(world: World) -> Operation:
    give_part2(world)()
    return world.calling("consents_list")


def disclosed(world: World) -> Operation:
    """Let Ann's doctor read by her consent."""
    world.submitted()
    consent: Any = give_part2(world)()
    request = {"consentId": consent["consentId"], "purpose": "treatment"}
    return lambda: world.backend.call("disclosures_read", request, uid="doc")


def list_disclosures(world: World) -> Operation:
    disclosed(world)()
    return world.calling("disclosures_list")


def opening_emergency(world: World, by: str = "ann", about: str = "ann") -> Operation:
    world.backend.call("consents_list", {}, uid=about)  # an account
    words = dict.fromkeys(("personnelName", "affiliation", "discloser", "nature"), "Words")
    times = {"occurredAt": datetime.now(UTC).isoformat(), "idempotencyKey": str(uuid4())}
    request = words | times | {"subjectUid": about}
    return lambda: world.backend.call("emergencies_open", request, uid=by, **staff("admin"))


def emergency(name: str) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        opened: Any = opening_emergency(world)()
        return world.as_admin(name, emergencyId=opened["emergencyId"])

    return prepare


def review(world: World) -> Operation:
    opened: Any = opening_emergency(world, by="boss", about="bob")()
    request = {"emergencyId": opened["emergencyId"], "finding": "justified"}
    return world.as_admin("emergencies_review", idempotencyKey=str(uuid4()), **request)


def record_breach(world: World) -> Operation:
    people = dict.fromkeys(("peopleAffected", "coloradoResidents", "mostInOneState"), 600)
    what = {"kind": "malware", "categories": ["coaching"], "idempotencyKey": str(uuid4())}
    at = datetime.now(UTC).isoformat()
    return world.as_admin("breaches_record", discoveredAt=at, **people, **what)


def update_breach(world: World) -> Operation:
    breach: Any = record_breach(world)()
    done = {"duty": "media", "how": "not_applicable", "at": datetime.now(UTC).isoformat()}
    key = {"breachId": breach["breachId"], "idempotencyKey": str(uuid4())}
    return world.as_admin("breaches_update", **done, **key)


def list_breaches(world: World) -> Operation:
    return world.as_admin("breaches_list")


def list_emergencies(world: World) -> Operation:
    return world.as_admin("emergencies_list")


def submit(world: World) -> Operation:
    return world.keyed("assessments_submit", **WIRE)


def repeat_submit(world: World) -> Operation:
    again = submit(world)
    again()
    return again


def get_readiness(world: World) -> Operation:
    world.submitted()
    return world.calling("assessments_get_readiness")


def get_result(world: World) -> Operation:
    return world.calling("assessments_get_result", assessmentId=world.analyzed())


def on_submitted(world: World) -> Operation:
    assessment_id = world.submitted()
    return lambda: world.backend.deliver("assessments_on_submitted", assessment_id)


def generate_plan(world: World) -> Operation:
    world.analyzed()
    return world.keyed("plans_generate", **PLAN)


def get_plan(world: World) -> Operation:
    plan_id = world.planned()
    world.backend.deliver("plans_on_requested", plan_id)
    return world.calling("plans_get", planId=plan_id)


def on_requested(world: World) -> Operation:
    plan_id = world.planned()
    return lambda: world.backend.deliver("plans_on_requested", plan_id)


ADDRESS = "ann@counts.example"


def with_address(*, verified: bool = False) -> None:
    """Give Ann's account an address."""
    with contextlib.suppress(auth.UidAlreadyExistsError):
        auth.create_user(uid="ann")
    auth.update_user("ann", email=ADDRESS, email_verified=verified, valid_since=1)


def token_in(world: World, inbox: SmtpInbox) -> str:
    """Let what waits happen, and return the token of the last link."""
    for trigger, collection in (
        ("credentials_on_reset_requested", "reset_requests"),
        ("mail_on_queued", "outbox"),
    ):
        for document in Client(project=PROJECT).collection(collection).list_documents():
            world.backend.deliver(trigger, document.id)
    world.backend.run_tasks()
    (token,) = re.findall(r"#token=([\w-]{43})", "".join(m["text"] for m in inbox.calls()))
    return str(token)


def asking_for_verification(world: World) -> Operation:
    with_address()
    return world.keyed("credentials_request_verification", locale="en")


def verifying(world: World) -> Operation:
    asking_for_verification(world)()
    token = token_in(world, world.inbox)
    return world.keyed("credentials_confirm_verification", token=token)


def asking_for_another_address(world: World) -> Operation:
    with_address()
    call = {"newEmail": "new@counts.example", "locale": "en"}
    world.keyed("credentials_request_email_change", **call)()  # the day's salt is there
    return world.keyed("credentials_request_email_change", **call)


def changing_address(world: World) -> Operation:
    with_address()
    world.keyed("credentials_request_email_change", newEmail="new@counts.example", locale="en")()
    return world.keyed("credentials_confirm_email_change", token=token_in(world, world.inbox))


def asking_for_a_new_password(world: World) -> Operation:
    with_address()
    call = {"email": ADDRESS, "locale": "en"}
    world.keyed("credentials_request_password_reset", **call)()  # salt and key are there
    return world.keyed("credentials_request_password_reset", **call)


def looking_up_a_request(world: World) -> Operation:
    asking_for_a_new_password(world)
    (request,) = Client(project=PROJECT).collection("reset_requests").list_documents()
    return lambda: world.backend.deliver("credentials_on_reset_requested", request.id)


def resetting_password(world: World) -> Operation:
    asking_for_a_new_password(world)
    token = token_in(world, world.inbox)
    return world.keyed("credentials_reset_password", token=token, newPassword="a kitchen lamp")


def changing_password(world: World) -> Operation:
    with_address()
    return world.keyed("credentials_change_password", newPassword="a kitchen lamp", locale="en")


def update_profile(world: World) -> Operation:
    return world.keyed("profiles_update", firstName="Ann", bio="I climb.")


def get_profile(world: World) -> Operation:
    update_profile(world)()
    return world.calling("profiles_get")


def answer_onboarding(world: World) -> Operation:
    return world.keyed("onboarding_answer", products=["coaching"])


def get_onboarding(world: World) -> Operation:
    answer_onboarding(world)()
    return world.calling("onboarding_get")


def mark_step(world: World) -> Operation:
    answer_onboarding(world)()
    return world.keyed("onboarding_mark_step", step="take_assessment", outcome="done")


def queued_mail(world: World) -> str:
    """Queue a mail to Ann with a link; return its id."""
    from app.kit import clock, firestore, ids  # reads the environment
    from app.platform.mail import mailing

    mail_id = ids.new()
    firestore.commit(
        *mailing.queued(
            mail_id,
            "ann",
            mailing.Template.RESET_PASSWORD,
            mailing.Locale.EN,
            clock.now(),
            secrets=mailing.Secrets(token="t", address="ann@example.org"),  # noqa: S106  # no password
        )
    )
    return mail_id


def on_mail_queued(world: World) -> Operation:
    mail_id = queued_mail(world)
    return lambda: world.backend.deliver("mail_on_queued", mail_id)


def send_mail(world: World) -> Operation:
    mail_id = queued_mail(world)
    return lambda: world.backend.task("mailSendTask", {"mailId": mail_id})


def create_checkout(world: World) -> Operation:
    return lambda: world.giving.checkout("ann", dedication="For Joe")


def list_donations(world: World) -> Operation:
    create_checkout(world)()
    return world.calling("donations_list")


def on_payment_written(world: World) -> Operation:
    from app.platform.payments.store.truth import payments  # reads the environment

    world.movement()
    (payment,) = payments.find(limit=2)
    return lambda: world.backend.deliver("donations_on_payment_written", payment.id)


def list_payment_methods(world: World) -> Operation:
    as_customer("ann")
    return world.calling("customers_list_payment_methods")


def open_portal(world: World) -> Operation:
    as_customer("ann")
    return world.calling("customers_open_portal")


def changing_method(name: str) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        path = "/v1/payment_methods/pm_card_visa/attach"
        card = world.giving.api("POST", path, customer=as_customer("ann"))
        return world.keyed(name, paymentMethodId=card["id"])

    return prepare


def get_dashboard(world: World) -> Operation:
    create_checkout(world)()
    return world.calling("donations_get_dashboard")


def get_share_card(*, with_name: bool) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        donation_id, _ = world.giving.give(uid="ann")
        world.giving.deliver_all()
        update_profile(world)()
        wanted = {"donationId": donation_id, "locale": "en", "withName": with_name}
        return world.calling("donations_get_share_card", **wanted)

    return prepare


def keyed_as_finance(world: World, name: str, **data: Any) -> Operation:
    data = {"idempotencyKey": str(uuid4()), **data}
    return lambda: world.backend.call(name, data, uid="ann", **staff("finance"))


def refunding(*, quantity: int = 1) -> Callable[[World], Operation]:
    """Return how Ann refunds a gift of Bob's."""

    def prepare(world: World) -> Operation:
        items = [{"itemId": "housing", "quantity": quantity}]
        donation_id, _ = world.giving.give(uid="bob", items=items)
        world.giving.deliver_all()
        wanted = {"donationId": donation_id, "reason": "other"}
        return keyed_as_finance(world, "donations_refund", **wanted)

    return prepare


def deciding(*, approve: bool) -> Callable[[World], Operation]:
    """Return how Ann decides on a refund that Eve asked for."""

    def prepare(world: World) -> Operation:
        donation_id, _ = world.giving.give(uid="bob", items=[{"itemId": "housing", "quantity": 9}])
        world.giving.deliver_all()
        wanted = {"donationId": donation_id, "reason": "other", "idempotencyKey": str(uuid4())}
        asked = world.backend.call("donations_refund", wanted, uid="eve", **staff("finance"))
        return keyed_as_finance(
            world, "donations_decide_refund", requestId=asked["requestId"], approve=approve
        )

    return prepare


def handling_dispute(name: str) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        checkout = world.giving.checkout("bob")
        world.giving.pay(checkout, "pm_card_createDispute")
        world.giving.sandbox("clock", advanceSeconds=60)
        world.giving.deliver_all()
        return keyed_as_finance(world, name, donationId=checkout["donationId"])

    return prepare


def start_monthly(world: World) -> Operation:
    return lambda: world.giving.start_monthly("ann")


def changing_monthly(name: str, **data: Any) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        gift_id = world.giving.give_monthly("ann")
        if name == "donations_resume_monthly":
            ending = {"monthlyGiftId": gift_id, "when": "period_end"}
            world.keyed("donations_cancel_monthly", **ending)()
            world.giving.deliver_all()
        return world.keyed(name, monthlyGiftId=gift_id, **data)

    return prepare


def following_monthly(name: str, mirrored: str) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        from app.platform.payments.store import truth  # reads the environment

        world.giving.pay(world.giving.start_monthly("ann"))
        for event in world.giving.events():
            world.giving.deliver(event)
        world.backend.run_tasks()
        (found,) = getattr(truth, mirrored).find(limit=2)
        return lambda: world.backend.deliver(name, found.id)

    return prepare


def as_payee(world: World) -> Payees:
    """Let Ann be a vendor whose account at Stripe is in order, and the platform have money."""
    payees = Payees(world.giving, lambda _: None)
    payees.onboard("ann", "vendor")
    payees.pay(20_000, method="pm_card_bypassPending")
    world.backend.queues.reset()
    return payees


def onboard(world: World) -> Operation:
    return lambda: Payees(world.giving, lambda _: None).open_page("ann")


def onboard_again(world: World) -> Operation:
    onboard(world)()
    return onboard(world)


def paying(name: str, **data: Any) -> Callable[[World], Operation]:
    """Return how Ann, who is a vendor, asks about it."""

    def prepare(world: World) -> Operation:
        as_payee(world)
        return world.calling(name, kind="vendor", **data)

    return prepare


def settle_earning(world: World) -> Operation:
    request = {"earningId": as_payee(world).send(5_000, uid="ann")}
    return lambda: world.backend.task("connectSettleTask", request)


def settle_again(world: World) -> Operation:
    again = settle_earning(world)
    again()
    return again


def release_earnings(world: World) -> Operation:
    as_payee(world).send(5_000, uid="ann")
    return lambda: world.backend.tick("connect_release_earnings")


def on_earnings_paid(world: World) -> Operation:
    intent_id, _ = Payees(world.giving, lambda _: None).book()
    return lambda: world.backend.deliver("connect_on_payment_written", intent_id)


def on_account_written(world: World) -> Operation:
    from app.platform.connect import store  # reads the environment
    from app.platform.connect.policy.payees import payee_id

    account_id = as_payee(world).account_id("ann", "vendor")
    former = {"due": ("y",)}
    store.follow(payee_id("ann", PayeeKind.VENDOR), lambda p: p.model_copy(update=former))
    return lambda: world.backend.deliver("connect_on_account_written", account_id)


def on_payout_written(world: World) -> Operation:
    from app.platform.payments.store import truth  # reads the environment

    payees = as_payee(world)
    account_id, money = payees.account_id("ann", "vendor"), {"amount": 5_000, "currency": "usd"}
    world.giving.api("POST", "/v1/transfers", destination=account_id, **money)
    payees.asking(account_id, "POST", "/v1/payouts", **money)
    payees.deliver_all()
    (payout,) = truth.payouts.find(limit=2)
    failed = Client(project=PROJECT).document(f"stripe_payouts/{payout.id}")
    failed.update({"state": "failed"})
    return lambda: world.backend.deliver("connect_on_payout_written", payout.id)


def hold_earning(world: World) -> Operation:
    earning = {"earningId": as_payee(world).send(5_000, uid="ann"), "reason": "complaint"}
    return world.keyed_as_admin("ann", "connect_hold_earning", **earning)


def release_hold(world: World) -> Operation:
    held: Any = hold_earning(world)()
    earning = {"earningId": held["earningId"], "reason": "complaint"}
    return world.keyed_as_admin("ann", "connect_release_hold", **earning)


def subscribing(world: World) -> Subscribing:
    """Return Ann and Stripe, which has prices."""
    stripe = Subscribing(world.backend, world.giving.stripe)
    stripe.open()
    return stripe


def subscribed(world: World, **how: str) -> str:
    """Let Ann subscribe, and all of it be mirrored; return the subscription."""
    stripe = subscribing(world)
    page = stripe.start()
    assert stripe.submit(page, **how) == requests.codes.see_other
    stripe.mirror()
    return str(stripe.api("GET", "/v1/subscriptions")["data"][0]["id"])


def start_subscription(world: World) -> Operation:
    subscribing(world)
    return world.keyed("subscriptions_start", priceKey=PREMIUM)


def start_subscription_again(world: World) -> Operation:
    start_subscription(world)()
    return start_subscription(world)


def of_membership(name: str, **data: Any) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        membership = {"membershipId": subscribing(world).subscribe()}
        key = (
            {} if name in {"preview_change", "list_invoices"} else {"idempotencyKey": str(uuid4())}
        )
        return world.calling(f"subscriptions_{name}", **membership, **data, **key)

    return prepare


def resume_subscription(world: World) -> Operation:
    stripe = subscribing(world)
    membership = {"membershipId": stripe.subscribe()}
    stripe.ask("cancel", **membership)
    return world.keyed("subscriptions_resume", **membership)


def on_subscription_written(world: World) -> Operation:
    subscription_id = subscribed(world)
    return lambda: world.backend.deliver("subscriptions_on_subscription_written", subscription_id)


def on_subscription_written_again(world: World) -> Operation:
    again = on_subscription_written(world)
    again()
    return again


def on_payment_failed(world: World) -> Operation:
    subscription_id = subscribed(world, method="pm_card_chargeCustomerFail")
    stripe = Subscribing(world.backend, world.giving.stripe)
    world.backend.deliver("subscriptions_on_subscription_written", subscription_id)
    stripe.pass_time(14.2)
    world.set_clock(stripe.stripe_now())
    stripe.mirror()
    return lambda: world.backend.deliver("subscriptions_on_subscription_written", subscription_id)


def on_invoice_written(world: World) -> Operation:
    subscribed(world)
    (invoice,) = Client(project=PROJECT).collection("stripe_invoices").list_documents()
    return lambda: world.backend.deliver("subscriptions_on_invoice_written", invoice.id)


def sync_catalogue(world: World) -> Operation:
    subscribing(world)
    return ticking("subscriptions_sync_catalogue")(world)


def webhook(world: World) -> Operation:
    body = json.dumps(world.paid()).encode()
    secret = os.environ["STRIPE_WEBHOOK_SECRETS"].split(",")[0]
    header = stripe_sdk.WebhookSignature.generate_signature_header(body.decode(), secret)
    return lambda: world.giving.send(body, header)


def connect_webhook(world: World) -> Operation:
    about = {"id": "acct_1", "object": "account"}
    event = world.paid() | {"account": "acct_1", "data": {"object": about}}
    return lambda: world.giving.deliver_connected(event)


def received(world: World) -> str:
    """Let an event of a gift come; return its id."""
    event = world.paid()
    world.giving.deliver(event)
    return f"platform_{event['id']}"


def as_finance(name: str, **data: Any) -> Callable[[World], Operation]:
    """Return how Ann, who is of finance, looks at what waits for staff."""
    return lambda world: lambda: world.backend.call(name, data, uid="ann", **staff("finance"))


def about_event(name: str, **data: Any) -> Callable[[World], Operation]:
    """Return how Ann, who is of finance, changes an event that is put aside or received."""

    def prepare(world: World) -> Operation:
        data["eventId"] = received(world)
        key = {"idempotencyKey": str(uuid4())}
        if name == "payments_replay_event":
            call = {"idempotencyKey": str(uuid4()), "eventId": data["eventId"]}
            world.backend.call("payments_park_event", call, uid="ann", **staff("finance"))
        return lambda: world.backend.call(name, data | key, uid="ann", **staff("finance"))

    return prepare


def reconciling(name: str) -> Callable[[World], Operation]:
    """Return a run that finds all as it should be, half an hour after the one before."""

    def prepare(world: World) -> Operation:
        from app.platform.payments.store import reconciliations  # reads the environment

        reconciliations.reach(name, datetime.now(UTC) - timedelta(hours=1.5))
        return lambda: world.backend.tick(f"payments_reconcile_{name}")

    return prepare


def close_case(world: World) -> Operation:
    from app.platform.payments import cases  # reads the environment

    difference = cases.Difference(
        kind=cases.CaseKind.UNEXPLAINED,
        type="stripe_fee",
        expected_cents=0,
        actual_cents=-7,
        currency="USD",
    )
    cases.tell({"txn_1": difference})
    data = {"idempotencyKey": str(uuid4()), "caseId": "txn_1", "reason": "stripe_fee"}
    return lambda: world.backend.call("payments_close_case", data, uid="ann", **staff("finance"))


def process_event(world: World) -> Operation:
    world.giving.deliver(world.paid())
    return world.backend.run_tasks


def on_movement_created(world: World) -> Operation:
    movement_id = world.movement()
    return lambda: world.backend.deliver("ledger_on_movement_created", movement_id)


def on_movement_repeated(world: World) -> Operation:
    again = on_movement_created(world)
    again()
    world.backend.queues.reset()  # else the task is a duplicate, if within the same second
    return again


def log_read(world: World) -> Operation:
    from app.recovery.ledger import publishing  # reads the environment

    publishing.keys()  # an instance asks for them once
    return reading("ledger_log")(world)


def sequence_one(world: World) -> Operation:
    log_read(world)()
    on_movement_created(world)()
    return world.backend.run_tasks


def group_a_month(world: World) -> Operation:
    day = clock.now().date().replace(day=1) - timedelta(days=1)
    on_movement_created(world)()
    aid.pay_many(11, "HOUSING", day=day.isoformat())
    world.backend.tick("ledger_sequence_every_minute")
    world.set_clock(clock.now() + timedelta(minutes=1))  # nothing woke the sequencer then yet
    return ticking("ledger_group_disbursements")(world)


def prove_gift(*, public: bool) -> Callable[[World], Operation]:
    """Return how Ann asks for the proofs of a gift that is in the ledger, and may be public."""

    def prepare(world: World) -> Operation:
        on_movement_created(world)()
        if public:
            world.backend.run_tasks()
        (gift,) = Client(project=PROJECT).collection("donations").list_documents()
        return world.calling("ledger_proof", donationId=gift.id)

    return prepare


def gift_paid(world: World) -> str:
    """Let Ann, who has told her name, give; return the id of the movement of her money."""
    update_profile(world)()
    return world.movement()


def receipted(world: World) -> str:
    """Let Ann's gift have its receipt; return the movement's id."""
    movement_id = gift_paid(world)
    world.backend.deliver("receipts_on_movement_created", movement_id)
    world.backend.queues.reset()
    world.backend.task("receiptsNumberTask", {"second": 0})
    return movement_id


def receipt_asked_for(name: str) -> Callable[[World], Operation]:
    def prepare(world: World) -> Operation:
        receipted(world)
        (receipt,) = Client(project=PROJECT).collection("receipts").list_documents()
        return world.calling(name, receiptId=receipt.id)

    return prepare


def receipt_in_ledger(world: World) -> Operation:
    asked = receipt_asked_for("receipts_get_pdf")(world)
    (movement,) = Client(project=PROJECT).collection("payment_movements").list_documents()
    world.backend.deliver("ledger_on_movement_created", movement.id)
    world.backend.run_tasks()
    return asked


def on_receipt_movement(world: World) -> Operation:
    movement_id = gift_paid(world)
    return lambda: world.backend.deliver("receipts_on_movement_created", movement_id)


def on_receipt_movement_repeated(world: World) -> Operation:
    movement_id = receipted(world)
    return lambda: world.backend.deliver("receipts_on_movement_created", movement_id)


def number_one(world: World) -> Operation:
    on_receipt_movement(world)()
    world.backend.queues.reset()
    return lambda: world.backend.task("receiptsNumberTask", {"second": 0})


def send_receipt(world: World) -> Operation:
    receipted(world)
    auth.update_user("ann", email=ADDRESS)
    (mail,) = Client(project=PROJECT).collection("outbox").list_documents()
    return lambda: world.backend.task("receiptsSendTask", {"mailId": mail.id})


def statement_due(world: World) -> str:
    """Let the statement of Ann's gift be due; return its id."""
    receipted(world)
    (statement,) = Client(project=PROJECT).collection("giving_statements").list_documents()
    statement.update({"dueAt": datetime.now(UTC) - timedelta(seconds=1)})
    return str(statement.id)


def issue_due_statements(world: World) -> Operation:
    statement_due(world)
    return lambda: world.backend.tick("receipts_issue_statements")


def issue_statement(world: World) -> Operation:
    task = {"statementId": statement_due(world)}
    return lambda: world.backend.task("receiptsIssueStatementTask", task)


def get_statement(world: World) -> Operation:
    issue_statement(world)()
    (statement,) = Client(project=PROJECT).collection("giving_statements").list_documents()
    return world.calling("receipts_get_statement", year=statement.get().get("year"))


def place_hold(world: World) -> Operation:
    hold = {"subject": "bob", "reason": "litigation", "matter": "7"}
    return world.as_admin("retention_place_hold", idempotencyKey=str(uuid4()), **hold)


def lift_hold(world: World) -> Operation:
    hold_id = world.placed()
    return world.as_admin("retention_lift_hold", idempotencyKey=str(uuid4()), holdId=hold_id)


def list_holds(world: World) -> Operation:
    return world.as_admin("retention_list_holds")


def rotate_keys(world: World) -> Operation:
    asked = {"uid": "ann", "reason": "routine"}
    return world.as_admin("keys_rotate_person", idempotencyKey=str(uuid4()), **asked)


def reseal(world: World) -> Operation:
    submit(world)()
    rotate_keys(world)()
    return world.backend.run_tasks


def correct(world: World) -> Operation:
    about = {"recordType": "assessment_records", "recordId": world.submitted()}
    says = {"field": "goalsText", "proposed": "Rest", "reason": "I changed my mind"}
    return world.keyed("privacy_correct", **about, **says)


def list_corrections(world: World) -> Operation:
    correct(world)()
    return world.calling("privacy_list_corrections")


def reviewing(name: str, *, one: bool = True, **data: Any) -> Callable[[World], Operation]:
    """Return how Rita, who reviews, looks at what Ann asks for: at one request, or at all."""

    def prepare(world: World) -> Operation:
        told: Any = correct(world)()
        named = {"correctionId": told["correctionId"]} if one else {}
        return lambda: world.backend.call(name, {**named, **data}, uid="rita", **staff("reviewer"))

    return prepare


def decide_correction(world: World) -> Operation:
    from app.platform.records import vault  # reads the environment

    told: Any = correct(world)()
    vault.keyring.keys("rita", create=True)
    decided = {"correctionId": told["correctionId"], "accepted": True, "answer": "So be it"}
    data = {"idempotencyKey": str(uuid4()), **decided}
    name = "privacy_decide_correction"
    return lambda: world.backend.call(name, data, uid="rita", **staff("reviewer"))


def export(world: World) -> Operation:
    return world.keyed("privacy_export")


def get_export(world: World) -> Operation:
    export(world)()
    return world.calling("privacy_get_export")


def gather_export(world: World) -> Operation:
    submit(world)()
    export(world)()
    return world.backend.run_tasks


def erase(world: World) -> Operation:
    return world.keyed("privacy_erase", confirmation="ERASE MY ACCOUNT")


def cancel_erasure(world: World) -> Operation:
    erase(world)()
    return world.keyed("privacy_cancel_erasure")


def get_erasure(world: World) -> Operation:
    erase(world)()
    return world.calling("privacy_get_erasure")


def get_report(world: World) -> Operation:
    receipt: Any = erase(world)()
    asked = {"receiptId": receipt["receiptId"]}
    return lambda: world.backend.call("privacy_get_erasure_report", asked, uid=None)


def carry_out(world: World) -> Operation:
    from app.platform.privacy.store import erasure as store  # reads the environment

    leaver = f"leaver{uuid4().hex}"  # whose account goes
    ask(world.backend, leaver)
    erasure_id = store.erasure_id(leaver)
    past = datetime.now(UTC) - timedelta(seconds=1)
    store.change(erasure_id, lambda seen: seen.model_copy(update={"next_at": past}))
    return lambda: world.backend.task("privacyEraseTask", {"erasureId": erasure_id})


@dataclass(frozen=True)
class Row:
    """One function in one situation.

    Attributes:
        function: its name.
        prepare: makes the situation and returns the call that is counted.
        warm: its calls by an instance that has Ann's key.
        sealed: whether it opens or seals anything.
        first: whether it can be the first that a person ever does.
        keys: of how many people it opens or seals something.
    """

    function: str
    prepare: Callable[[World], Operation]
    warm: Calls
    sealed: bool = False
    first: bool = False
    keys: int = 1
    situation: str = ""

    @property
    def cold(self) -> Calls:
        """Its calls by an instance that has no key."""
        needed = self.keys if self.sealed else 0
        return self.warm.plus(**{name: needed * number for name, number in COLD.items()})

    @property
    def id(self) -> str:
        """What the tests call it."""
        return f"{self.function} {self.situation}".strip()


def calling(name: str, **data: Any) -> Callable[[World], Operation]:
    return lambda world: world.calling(name, **data)


def reading(name: str, **query: Any) -> Callable[[World], Operation]:
    return lambda world: lambda: world.backend.get(name, **query)


def ticking(name: str) -> Callable[[World], Operation]:
    return lambda world: lambda: world.backend.tick(name)


def gathering() -> Calls:
    """Return what the export of somebody who has submitted answers takes, by the register.

    Each type is one look, and its count is noted; to begin and to end takes a read and a commit
    each. Her answers and her readiness are opened, with a commit of the audit for each.
    """
    kinds = [k for k in TYPES.values() if k.exported and k.owner_field is not None]
    by_id = sum(kind.owner_field == "" for kind in kinds)
    found = {"activity", "assessments", "assessment_state", "assessment_records"}
    found |= {"audit_entries", "exports"}
    assert found <= {kind.collection for kind in kinds}
    return Calls(
        reads=2 + by_id + len(kinds),
        queries=len(kinds) - by_id,
        commits=2 + 2 + len(found),
        storage=1,
    )


def seal_one(world: World) -> Operation:
    world.as_admin("audit_search")()
    return ticking("audit_seal_every_minute")(world)


def seal_again(world: World) -> Operation:
    again = seal_one(world)
    again()
    return again


ONCE = Calls(reads=1, commits=1)
SEALED = [row for row in TYPES.values() if row.access is not None]
OWNED = sum(bool(row.owner_field) for row in SEALED)
NAMED = sum(row.owner_field == "" for row in SEALED)
DELETED = [row for row in policy.deleted(TYPES) if row.owner_field]
DELETED_BY_ID = len(policy.deleted(TYPES)) - len(DELETED)
AUDITED = Calls(reads=1, commits=1)
"""A read, and the commit of the audit before anything is opened."""
SETTLED = Calls(reads=3, commits=1)
"""As once, and a read of the account before and after Firebase Auth is told."""
TABLE = [
    Row("accounts_accept_terms", accept_terms, SETTLED, sealed=True, first=True),
    Row("accounts_approve_role_change", approve_role_change, SETTLED.plus(reads=1), sealed=True),
    Row("accounts_before_sign_in", before_sign_in, Calls(commits=1)),
    Row("accounts_before_sign_up", before_sign_up, Calls()),
    Row("accounts_change_role", change_role, SETTLED, sealed=True),
    Row("accounts_list_role_changes", list_role_changes, Calls(queries=1)),
    Row("accounts_list_sessions", calling("accounts_list_sessions"), Calls(reads=1, queries=1)),
    Row(
        "accounts_sign_out_everywhere",
        lambda world: world.keyed("accounts_sign_out_everywhere"),
        SETTLED,
        sealed=True,
    ),
    Row("accounts_sweep_unsettled", ticking("accounts_sweep_unsettled"), Calls(queries=1)),
    Row(
        "assessments_get_questionnaire",
        calling("assessments_get_questionnaire", locale="en"),
        Calls(),
    ),
    Row("assessments_submit", submit, ONCE, sealed=True, first=True),
    Row("assessments_submit", repeat_submit, Calls(reads=1), sealed=True, situation="repeated"),
    Row("assessments_get_readiness", get_readiness, AUDITED, sealed=True),
    Row("assessments_get_result", get_result, AUDITED, sealed=True),
    Row("assessments_list", calling("assessments_list"), Calls(queries=1)),
    Row("assessments_on_submitted", on_submitted, Calls(reads=4, commits=3, model=1), sealed=True),
    Row("assessments_sweep_stuck", ticking("assessments_sweep_stuck"), Calls(queries=1)),
    Row(
        "audit_seal_every_minute",
        ticking("audit_seal_every_minute"),
        Calls(reads=1, queries=1),
        situation="of nothing",
    ),
    Row(
        "audit_seal_every_minute",
        seal_one,
        Calls(reads=2, queries=1, commits=1, kms=1, storage=2),
        situation="of one entry",
    ),
    Row(
        "audit_seal_every_minute",
        seal_again,
        Calls(reads=1, queries=1, storage=1),
        situation="of nothing new",
    ),
    Row(
        "audit_search",
        lambda world: world.as_admin("audit_search"),
        Calls(queries=1, commits=1),
    ),
    Row("plans_generate", generate_plan, Calls(reads=2, commits=1), sealed=True),
    Row("plans_get", get_plan, AUDITED, sealed=True),
    Row("plans_list", calling("plans_list"), Calls(queries=1)),
    Row("plans_on_requested", on_requested, Calls(reads=5, commits=3, model=1), sealed=True),
    Row("plans_sweep_stuck", ticking("plans_sweep_stuck"), Calls(queries=1)),
    Row("breaches_list", list_breaches, Calls(queries=1)),
    Row("breaches_record", record_breach, ONCE, sealed=True, first=True),
    Row("breaches_update", update_breach, ONCE, sealed=True),
    Row("consents_give", give_processing, ONCE, sealed=True, first=True),
    Row("consents_give", give_part2, ONCE, sealed=True, first=True, situation="of Part 2"),
    Row("consents_withdraw", withdraw, ONCE, sealed=True),
    Row("consents_list", calling("consents_list"), Calls(reads=1, queries=1)),
    Row(
        "consents_list",
        list_consents,
        Calls(reads=1, queries=1, commits=1),
        sealed=True,
        situation="with one of Part 2",
    ),
    Row("consents_list_history", calling("consents_list_history"), Calls(queries=1)),
    Row("disclosures_read", disclosed, Calls(reads=2, commits=1), sealed=True),
    Row(
        "disclosures_list",
        list_disclosures,
        Calls(reads=1, queries=1, commits=1),
        sealed=True,
    ),
    Row("emergencies_get", emergency("emergencies_get"), AUDITED, sealed=True),
    Row("emergencies_list", list_emergencies, Calls(queries=1)),
    Row("emergencies_open", opening_emergency, ONCE, sealed=True),
    Row("emergencies_read", emergency("emergencies_read"), Calls(reads=2)),
    Row("emergencies_review", review, ONCE, sealed=True),
    Row("catalog_list", reading("catalog_list"), Calls()),
    Row("donations_create_checkout", create_checkout, ONCE.plus(stripe=1), sealed=True, first=True),
    Row("donations_list", list_donations, Calls(queries=1, commits=1), sealed=True),
    Row(
        "donations_on_payment_written",
        on_payment_written,
        Calls(reads=3, queries=1, commits=1, key_reads=1),
        situation="of the first gift",
    ),
    Row(
        "donations_on_payment_written",
        following_monthly("donations_on_payment_written", "payments"),
        Calls(reads=6, commits=2, key_reads=1),
        situation="of a monthly gift",
    ),
    Row(
        "donations_on_subscription_written",
        following_monthly("donations_on_subscription_written", "subscriptions"),
        Calls(reads=4, commits=1),
    ),
    Row("donations_calculate_impact", reading("donations_calculate_impact"), Calls(reads=1)),
    Row(
        "donations_get_dashboard",
        calling("donations_get_dashboard"),
        Calls(reads=1, queries=2),
        situation="of nothing",
    ),
    Row(
        "donations_get_dashboard",
        get_dashboard,
        Calls(reads=1, queries=2, commits=1),
        sealed=True,
    ),
    Row("donations_get_share_card", get_share_card(with_name=False), Calls(reads=1)),
    Row(
        "donations_get_share_card",
        get_share_card(with_name=True),
        Calls(reads=2, commits=1),
        sealed=True,
        situation="with a name",
    ),
    Row("donations_start_monthly", start_monthly, ONCE.plus(stripe=2), sealed=True, first=True),
    Row(
        "donations_change_monthly",
        changing_monthly("donations_change_monthly", customAmountCents=500),
        ONCE.plus(commits=1, stripe=4),
        sealed=True,
    ),
    Row(
        "donations_cancel_monthly",
        changing_monthly("donations_cancel_monthly", when="now"),
        ONCE.plus(stripe=1),
        sealed=True,
    ),
    Row(
        "donations_resume_monthly",
        changing_monthly("donations_resume_monthly"),
        ONCE.plus(stripe=1),
        sealed=True,
    ),
    Row(
        "donations_refund",
        refunding(),
        Calls(reads=5, queries=1, commits=2, stripe=2),
        sealed=True,
    ),
    Row(
        "donations_refund",
        refunding(quantity=9),
        ONCE.plus(queries=1),
        sealed=True,
        situation="above the limit",
    ),
    Row(
        "donations_decide_refund",
        deciding(approve=True),
        Calls(reads=6, queries=1, commits=2, stripe=2),
        sealed=True,
    ),
    Row(
        "donations_decide_refund",
        deciding(approve=False),
        Calls(reads=2, commits=1),
        sealed=True,
        situation="with a no",
    ),
    Row(
        "donations_list_refund_requests",
        lambda world: world.as_admin("donations_list_refund_requests"),
        Calls(queries=1),
    ),
    Row("donations_sweep_refunds", ticking("donations_sweep_refunds"), Calls(queries=1)),
    Row(
        "donations_sweep_payments",
        ticking("donations_sweep_payments"),
        Calls(reads=2, queries=2),
        situation="of nothing",
    ),
    Row(
        "connect_sweep_mirrors",
        ticking("connect_sweep_mirrors"),
        Calls(reads=3, queries=3),
        situation="of nothing",
    ),
    Row(
        "donations_list_disputed",
        lambda world: world.as_admin("donations_list_disputed"),
        Calls(queries=1),
    ),
    *(
        Row(name, handling_dispute(name), ONCE.plus(queries=1, stripe=2), sealed=True)
        for name in ("donations_answer_dispute", "donations_accept_dispute")
    ),
    Row(
        "donations_set_solicitation",
        lambda world: world.keyed_as_admin(
            "ann", "donations_set_solicitation", open=True, states=["CO"]
        ),
        ONCE,
        sealed=True,
        first=True,
    ),
    Row("donations_list_monthly", calling("donations_list_monthly"), Calls(queries=1)),
    Row(
        "customers_add_payment_method",
        lambda world: world.keyed("customers_add_payment_method"),
        ONCE.plus(stripe=2),
        sealed=True,
        first=True,
    ),
    Row(
        "customers_remove_payment_method",
        changing_method("customers_remove_payment_method"),
        ONCE.plus(stripe=2),
        sealed=True,
    ),
    Row(
        "customers_set_default_payment_method",
        changing_method("customers_set_default_payment_method"),
        ONCE.plus(stripe=3),
        sealed=True,
    ),
    Row("customers_open_portal", open_portal, Calls(reads=1, stripe=1)),
    Row(
        "customers_list_payment_methods",
        calling("customers_list_payment_methods"),
        Calls(reads=1),
        situation="of nobody who paid",
    ),
    Row("customers_list_payment_methods", list_payment_methods, Calls(reads=1, stripe=2)),
    Row("connect_onboard", onboard, ONCE.plus(stripe=2), sealed=True, first=True),
    Row("connect_onboard", onboard_again, ONCE.plus(stripe=1), sealed=True, situation="again"),
    Row("connect_get_status", calling("connect_get_status", kind="coach"), Calls(reads=1)),
    Row("connect_open_dashboard", paying("connect_open_dashboard"), Calls(reads=1, stripe=1)),
    Row(
        "connect_get_balance",
        calling("connect_get_balance", kind="coach"),
        Calls(reads=1, queries=1),
        situation="of nobody",
    ),
    Row(
        "connect_get_balance",
        paying("connect_get_balance"),
        Calls(reads=1, queries=1, stripe=1),
    ),
    Row("connect_list_payouts", paying("connect_list_payouts"), Calls(reads=1, queries=1)),
    Row(
        "connect_list_earnings",
        lambda world: world.as_admin("connect_list_earnings", state="waiting"),
        Calls(queries=1),
    ),
    Row(
        "connect_list_failed_payouts",
        lambda world: world.as_admin("connect_list_failed_payouts"),
        Calls(queries=1),
    ),
    Row("connect_hold_earning", hold_earning, ONCE, sealed=True),
    Row("connect_release_hold", release_hold, ONCE, sealed=True),
    Row("connectSettleTask", settle_earning, Calls(reads=3, commits=2, stripe=1)),
    Row(
        "connectSettleTask",
        settle_again,
        Calls(reads=2, stripe=1),
        situation="of what is transferred",
    ),
    Row("connect_release_earnings", release_earnings, Calls(queries=1, tasks=1)),
    Row("connect_on_payment_written", on_earnings_paid, Calls(queries=1, tasks=1)),
    Row("connect_on_account_written", on_account_written, Calls(reads=2, queries=1, commits=1)),
    Row("connect_on_payout_written", on_payout_written, Calls(reads=2, queries=1, commits=1)),
    Row(
        "subscriptions_start",
        start_subscription,
        ONCE.plus(stripe=3),
        sealed=True,
        first=True,
    ),
    Row(
        "subscriptions_start",
        start_subscription_again,
        ONCE.plus(stripe=4),
        sealed=True,
        situation="again",
    ),
    Row("subscriptions_get", calling("subscriptions_get"), Calls(reads=1)),
    Row("subscriptions_list_plans", reading("subscriptions_list_plans"), Calls()),
    Row("subscriptions_list_invoices", of_membership("list_invoices"), Calls(reads=1, queries=1)),
    Row(
        "subscriptions_preview_change",
        of_membership("preview_change", priceKey="premium_yearly_usd"),
        Calls(reads=1, stripe=3),
    ),
    Row(
        "subscriptions_change",
        of_membership("change", priceKey="premium_yearly_usd"),
        ONCE.plus(stripe=3),
        sealed=True,
    ),
    Row("subscriptions_cancel", of_membership("cancel"), ONCE.plus(stripe=2), sealed=True),
    Row("subscriptions_resume", resume_subscription, ONCE.plus(stripe=2), sealed=True),
    Row(
        "subscriptions_on_subscription_written",
        on_subscription_written,
        Calls(reads=3, commits=1),
    ),
    Row(
        "subscriptions_on_subscription_written",
        on_subscription_written_again,
        Calls(reads=3),
        situation="repeated",
    ),
    Row(
        "subscriptions_on_subscription_written",
        on_payment_failed,
        Calls(reads=4, queries=2, commits=1, stripe=1),
        situation="of a failed payment",
    ),
    Row("subscriptions_on_invoice_written", on_invoice_written, Calls(reads=4, commits=1)),
    Row(
        "subscriptions_sweep_entitlements",
        ticking("subscriptions_sweep_entitlements"),
        Calls(reads=2, queries=3),
        situation="of nothing",
    ),
    Row(
        "subscriptions_sync_catalogue",
        ticking("subscriptions_sync_catalogue"),
        Calls(stripe=8),
        situation="the first time",
    ),
    Row("subscriptions_sync_catalogue", sync_catalogue, Calls(stripe=1)),
    Row("credentials_request_verification", asking_for_verification, ONCE, sealed=True, first=True),
    Row("credentials_confirm_verification", verifying, ONCE, sealed=True),
    Row("credentials_request_email_change", asking_for_another_address, ONCE, sealed=True),
    Row(
        "credentials_confirm_email_change",
        changing_address,
        Calls(reads=2, commits=2),
        sealed=True,
    ),
    Row("credentials_change_password", changing_password, Calls(reads=2, commits=2), sealed=True),
    Row("credentials_request_password_reset", asking_for_a_new_password, ONCE, sealed=True),
    Row(
        "credentials_on_reset_requested",
        looking_up_a_request,
        Calls(reads=2, commits=1),
        sealed=True,
        keys=2,
    ),
    Row("credentials_reset_password", resetting_password, Calls(reads=3, commits=2), sealed=True),
    Row(
        "credentials_sweep_reset_requests",
        ticking("credentials_sweep_reset_requests"),
        Calls(queries=1),
    ),
    Row("profiles_get", get_profile, AUDITED, sealed=True),
    Row("profiles_update", update_profile, ONCE, sealed=True, first=True),
    Row("onboarding_get", calling("onboarding_get"), Calls(reads=1), situation="of nothing"),
    Row("onboarding_get", get_onboarding, AUDITED, sealed=True),
    Row("onboarding_answer", answer_onboarding, ONCE, sealed=True, first=True),
    Row("onboarding_mark_step", mark_step, ONCE, sealed=True),
    Row("mail_on_queued", on_mail_queued, Calls(reads=1, tasks=1)),
    Row("mailSendTask", send_mail, Calls(reads=3, commits=3, mails=1), sealed=True),
    Row("mail_sweep_outbox", ticking("mail_sweep_outbox"), Calls(queries=1)),
    Row("payments_stripe_webhook", webhook, Calls(commits=1, tasks=1)),
    Row("paymentsProcessEventTask", process_event, Calls(reads=3, commits=2, stripe=3)),
    Row("payments_connect_webhook", connect_webhook, Calls(commits=1, tasks=1)),
    Row("payments_list_events", as_finance("payments_list_events"), Calls(queries=1)),
    Row("payments_list_cases", as_finance("payments_list_cases"), Calls(queries=1)),
    Row(
        "payments_replay_event",
        about_event("payments_replay_event"),
        ONCE.plus(tasks=1),
        sealed=True,
    ),
    Row("payments_park_event", about_event("payments_park_event"), ONCE, sealed=True),
    Row(
        "payments_dismiss_event",
        about_event("payments_dismiss_event", reason="not_ours"),
        ONCE,
        sealed=True,
    ),
    Row("payments_close_case", close_case, ONCE, sealed=True),
    Row(
        "payments_reconcile_events",
        reconciling("events"),
        Calls(reads=1, queries=2, commits=1, stripe=1),
        situation="of nothing",
    ),
    Row(
        "payments_reconcile_balance",
        reconciling("balance"),
        Calls(reads=1, queries=2, commits=1, stripe=1),
        situation="of nothing",
    ),
    Row("payments_sweep_events", ticking("payments_sweep_events"), Calls(queries=1)),
    Row(
        "ledger_on_movement_created",
        on_movement_created,
        Calls(reads=2, commits=1, tasks=1),
        sealed=True,
    ),
    Row(
        "ledger_on_movement_created",
        on_movement_repeated,
        Calls(reads=2, tasks=1),
        situation="repeated",
    ),
    Row(
        "ledgerSequenceTask",
        sequence_one,
        Calls(reads=9, queries=5, commits=5, kms=1, storage=4, witness=1),
        situation="of one entry",
    ),
    Row(
        "ledger_group_disbursements",
        ticking("ledger_group_disbursements"),
        Calls(reads=1, queries=1),
        situation="of nothing",
    ),
    Row(
        "ledger_group_disbursements",
        group_a_month,
        Calls(reads=5, queries=3, commits=3, tasks=1),
        situation="of eleven payments of a month",
    ),
    Row(
        "ledger_reconcile_daily",
        ticking("ledger_reconcile_daily"),
        Calls(reads=5, queries=9, stripe=7),
    ),
    Row(
        "ledger_sequence_every_minute",
        ticking("ledger_sequence_every_minute"),
        Calls(reads=4, queries=4, commits=2),
        situation="of nothing",
    ),
    Row(
        "receipts_on_movement_created",
        on_receipt_movement,
        Calls(reads=3, queries=1, commits=1, tasks=1),
    ),
    Row(
        "receipts_on_movement_created",
        on_receipt_movement_repeated,
        Calls(reads=2, queries=1),
        situation="repeated",
    ),
    Row("receiptsNumberTask", number_one, Calls(reads=1, queries=1, commits=1)),
    Row(
        "receipts_sweep_movements",
        ticking("receipts_sweep_movements"),
        Calls(reads=1, queries=2),
        situation="of nothing",
    ),
    Row(
        "receiptsSendTask",
        send_receipt,
        Calls(reads=6, queries=1, commits=3, mails=1),
        sealed=True,
    ),
    Row("receipts_list", calling("receipts_list"), Calls(queries=1)),
    Row("receipts_get", receipt_asked_for("receipts_get"), Calls(reads=1)),
    Row(
        "receipts_get_pdf",
        receipt_asked_for("receipts_get_pdf"),
        Calls(reads=3, queries=1, commits=1),
        sealed=True,
        situation="of a gift that is not in the ledger",
    ),
    Row(
        "receipts_get_pdf",
        receipt_in_ledger,
        Calls(reads=3, queries=1, commits=2, storage=1),
        sealed=True,
        situation="with a proof",
    ),
    Row("receipts_get_statement", get_statement, Calls(reads=2, commits=1), sealed=True),
    Row("receipts_issue_statements", issue_due_statements, Calls(queries=1, tasks=1)),
    Row("receiptsIssueStatementTask", issue_statement, Calls(reads=1, queries=1, commits=1)),
    Row("retention_place_hold", place_hold, ONCE, sealed=True, first=True),
    Row("retention_lift_hold", lift_hold, ONCE, sealed=True),
    Row("retention_list_holds", list_holds, Calls(queries=1, commits=1)),
    Row("privacy_correct", correct, ONCE, sealed=True),
    Row("privacy_list_corrections", list_corrections, Calls(queries=1, commits=1), sealed=True),
    Row(
        "privacy_list_open_corrections",
        reviewing("privacy_list_open_corrections", one=False),
        Calls(queries=1),
    ),
    Row("privacy_read_correction", reviewing("privacy_read_correction"), AUDITED, sealed=True),
    Row("privacy_decide_correction", decide_correction, ONCE, sealed=True, keys=2),
    Row("privacy_export", export, ONCE.plus(tasks=1), sealed=True, first=True),
    Row("privacy_get_export", get_export, Calls(reads=1)),
    Row("privacyExportTask", gather_export, gathering(), sealed=True, situation="of an assessment"),
    Row("privacy_sweep_exports", ticking("privacy_sweep_exports"), Calls(queries=1, storage=1)),
    Row(
        "retention_enforce_daily",
        ticking("retention_enforce_daily"),
        Calls(queries=1 + len(by_instant()), key_queries=1),
        situation="of nothing",
    ),
    Row("ledger_log", log_read, Calls(reads=1)),
    Row(
        "ledger_proof",
        prove_gift(public=True),
        Calls(reads=2, queries=1, commits=1, storage=1),
        sealed=True,
        situation="of what is public",
    ),
    Row(
        "ledger_proof",
        prove_gift(public=False),
        Calls(reads=2, queries=1),
        situation="of what is pending",
    ),
    Row("ledger_page", reading("ledger_page"), Calls(reads=1), situation="of nothing"),
    Row(
        "ledger_page",
        reading("ledger_page", category="FOOD"),
        Calls(reads=1, queries=1),
        situation="of a fund",
    ),
    Row("ledger_statistics", reading("ledger_statistics"), Calls(reads=1)),
    Row(
        "ledger_export",
        reading("ledger_export", format="csv"),
        Calls(reads=1),
        situation="of nothing",
    ),
    Row(
        "ledger_export",
        reading("ledger_export", format="360giving"),
        Calls(reads=1, queries=1),
        situation="of grants",
    ),
    Row(
        "keys_rotate_person",
        rotate_keys,
        Calls(reads=1, commits=1, key_reads=1, tasks=1),
        sealed=True,
    ),
    Row(
        "keysResealTask",
        reseal,
        # Three notes, and a look at each type that is sealed; four documents are.
        Calls(reads=4 + NAMED, queries=OWNED, commits=3 + 4, key_reads=3, key_commits=1, kms=3),
    ),
    Row("privacy_erase", erase, ONCE, sealed=True, first=True),
    Row("privacy_cancel_erasure", cancel_erasure, ONCE, sealed=True),
    Row("privacy_get_erasure", get_erasure, Calls(reads=1)),
    Row("privacy_get_erasure_report", get_report, Calls(queries=1)),
    Row("privacy_sweep_erasures", ticking("privacy_sweep_erasures"), Calls(queries=1)),
    Row(
        "privacyEraseTask",
        carry_out,
        # Seven notes and a look at the next step after each; a look for holds, and for a customer
        # at Stripe; each type; and of the three documents of the request itself a note each.
        Calls(
            reads=7 + 6 + DELETED_BY_ID + 3 + 1,
            queries=2 + len(DELETED),
            commits=7 + 3,
            key_reads=1,
            key_commits=1,
            storage=1,
        ),
        situation="until it settles",
    ),
    Row("keys_sweep_rotations", ticking("keys_sweep_rotations"), Calls(queries=1)),
    Row("keys_rewrap", ticking("keys_rewrap"), Calls(key_queries=1, kms=1)),
]


def empty_buckets() -> None:
    """Delete what other tests left in Storage: a sweep makes a call for each."""
    storage = f"{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b"
    for bucket in (f"{PROJECT}.appspot.com", os.environ["AUDIT_BUCKET"]):
        objects = (
            requests.get(f"{storage}/{bucket}/o", timeout=SOON_SECONDS).json().get("items", [])
        )
        for kept in objects:
            requests.delete(
                f"{storage}/{bucket}/o/{quote(kept['name'], safe='')}", timeout=SOON_SECONDS
            )


@pytest.fixture
def world(
    backend: "Backend",
    stripe: StripeStandIn,
    inbox: SmtpInbox,
    set_clock: Callable[[datetime], None],
) -> World:
    empty_buckets()
    return World(backend, Giving(backend, stripe), inbox, set_clock)


@pytest.fixture
def count(world: World, stand_ins: tuple[StandIn, ...]) -> Callable[[Operation], Calls]:
    """Run an operation and return the calls that it made."""

    def count(operation: Operation) -> Calls:
        queued = len(world.backend.queues.accepted)
        outside = [len(stand_in.calls()) for stand_in in stand_ins]
        with proxied() as proxy:
            operation()
        kms_calls, model_calls, mails, storage_calls, stripe_calls, witness_calls = (
            len(stand_in.calls()) - before
            for stand_in, before in zip(stand_ins, outside, strict=True)
        )
        return replace(
            _firestore_calls(proxy),
            kms=kms_calls,
            storage=storage_calls,
            model=model_calls,
            stripe=stripe_calls,
            mails=mails,
            witness=witness_calls,
            tasks=len(world.backend.queues.accepted) - queued,
        )

    return count


def _firestore_calls(proxy: FirestoreProxy) -> Calls:
    counted = proxy.counts()
    calls = Calls(
        reads=counted.pop(Call("BatchGetDocuments", "(default)"), 0),
        queries=counted.pop(Call("RunQuery", "(default)"), 0),
        commits=counted.pop(Call("Commit", "(default)"), 0),
        key_reads=counted.pop(Call("BatchGetDocuments", "keys"), 0),
        key_queries=counted.pop(Call("RunQuery", "keys"), 0),
        key_commits=counted.pop(Call("Commit", "keys"), 0),
    )
    assert not counted
    return calls


@pytest.mark.usefixtures("surroundings")
def test_every_function_is_in_the_table():
    import main  # reads the environment

    assert {row.function for row in TABLE} == main.FUNCTIONS.keys()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_calls_of_an_instance_that_has_the_key(row, world, count):
    from app.platform.records import vault  # reads the environment

    operation = row.prepare(world)
    vault.keyring.keys("ann", create=True)

    assert count(operation) == row.warm


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_calls_of_an_instance_that_does_not(row, world, count):
    from app.platform.records import vault  # reads the environment

    operation = row.prepare(world)
    vault.keyring.keys("ann", create=True)
    vault.keyring.forget()

    assert count(operation) == row.cold


@pytest.mark.parametrize("row", [row for row in TABLE if row.first], ids=lambda row: row.id)
def test_calls_of_the_first_thing_that_a_person_does(row, world, count):
    assert count(row.prepare(world)) == row.warm.plus(**FIRST_USE)
