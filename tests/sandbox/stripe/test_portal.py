"""The customer portal, invoices as pages, and saved payment methods."""

import pytest
import requests
import stripe

from tests.sandbox.stripe.subscribers import HOUR, Club, ends
from tests.support.patience import SOON_SECONDS


def portal(club: Club, customer: str, **more: object) -> str:
    params: object = {"customer": customer, "return_url": "http://shop.test/me", **more}
    return club.v1.billing_portal.sessions.create(params).url  # type: ignore[arg-type]  # by name


def submit(url: str, **form: str) -> requests.Response:
    return requests.post(url, form, allow_redirects=False, timeout=SOON_SECONDS)


def test_a_person_cancels_and_keeps_a_subscription_after_all(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    url = portal(club, customer)
    page = requests.get(url, timeout=SOON_SECONDS).text
    assert "Premium x 1: active" in page
    assert 'href="http://shop.test/me"' in page

    assert submit(url, action="cancel", subscription=made.id).status_code == 303
    canceled = club.get(made.id)
    assert (canceled.status, canceled.cancel_at_period_end) == ("active", True)
    assert canceled.cancellation_details is not None
    assert canceled.cancellation_details.reason == "cancellation_requested"
    assert "Keep it after all" in requests.get(url, timeout=SOON_SECONDS).text

    assert submit(url, action="resume", subscription=made.id).status_code == 303
    assert club.get(made.id).cancel_at is None
    club.until(ends(made) + 60)
    assert club.get(made.id).status == "active"


def test_a_person_changes_the_card(club: Club) -> None:
    customer = club.customer("pm_card_chargeCustomerFail")
    saved = club.v1.payment_methods.list({"customer": customer}).data[0].id
    made = club.subscribe(customer, club.price(), default_payment_method=saved, trial_period_days=3)
    url = portal(club, customer)

    assert submit(url, action="change_card", payment_method="pm_none").status_code == 400
    refused = submit(url, action="change_card", payment_method="pm_card_chargeDeclined")
    assert refused.status_code == 402
    assert submit(url, action="change_card", payment_method="pm_card_visa").status_code == 303

    club.days(3.1)
    assert [i.status for i in club.invoices(made.id)] == ["paid", "paid"]


def test_the_portal_knows_only_its_customer(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price())
    url = portal(club, club.customer())

    assert submit(url, action="cancel", subscription=made.id).status_code == 404
    assert submit(url, action="shout").status_code == 400
    assert club.get(made.id).cancel_at is None
    assert (
        requests.get(f"{club.shop.base}/p/session/bps_none", timeout=SOON_SECONDS).status_code
        == 404
    )


def test_a_configuration_says_what_the_portal_offers(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    configuration = club.v1.billing_portal.configurations.create(
        {
            "features": {
                "subscription_cancel": {"enabled": True, "mode": "immediately"},
                "payment_method_update": {"enabled": False},
            }
        }
    )
    url = portal(club, customer, configuration=configuration.id)

    denied = submit(url, action="change_card", payment_method="pm_card_visa")
    assert denied.status_code == 400
    assert submit(url, action="cancel", subscription=made.id).status_code == 303

    assert club.get(made.id).status == "canceled"
    club.v1.billing_portal.configurations.update(configuration.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        portal(club, customer, configuration=configuration.id)
    assert refusal.value.param == "configuration"


def test_a_flow_returns_to_the_shop(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": made.id},
        "after_completion": {"type": "redirect", "redirect": {"return_url": "http://a.test/done"}},
    }
    with pytest.raises(stripe.InvalidRequestError):
        portal(club, club.customer(), flow_data=flow)

    reply = submit(portal(club, customer, flow_data=flow), action="cancel", subscription=made.id)

    assert (reply.status_code, reply.headers["Location"]) == (303, "http://a.test/done")


def test_an_invoice_is_a_page_that_can_be_paid(club: Club) -> None:
    made = club.subscribe(club.customer("pm_card_chargeCustomerFail"), club.price(1000))
    (invoice,) = club.invoices(made.id)
    assert invoice.hosted_invoice_url is not None
    assert invoice.invoice_pdf is not None
    page = requests.get(invoice.hosted_invoice_url, timeout=SOON_SECONDS)
    assert (page.status_code, "10.00 USD" in page.text) == (200, True)
    assert requests.get(invoice.invoice_pdf, timeout=SOON_SECONDS).status_code == 200

    declined = submit(invoice.hosted_invoice_url, payment_method="pm_card_chargeDeclined")
    assert declined.status_code == 402
    paid = submit(invoice.hosted_invoice_url, payment_method="pm_card_visa")

    assert paid.status_code == 303
    assert club.get(made.id).status == "active"
    assert requests.get(f"{club.shop.base}/i/in_none", timeout=SOON_SECONDS).status_code == 404


def test_a_payment_method_belongs_to_one_customer(club: Club) -> None:
    ada, bob = club.customer(None), club.customer(None)
    saved = club.v1.payment_methods.attach("pm_card_visa", {"customer": ada})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        club.v1.payment_methods.attach(saved.id, {"customer": bob})
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.customers.update(bob, {"invoice_settings": {"default_payment_method": saved.id}})
    with pytest.raises(stripe.CardError):
        club.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": bob})
    club.v1.customers.update(ada, {"invoice_settings": {"default_payment_method": saved.id}})

    detached = club.v1.payment_methods.detach(saved.id)

    assert detached.customer is None
    settings = club.v1.customers.retrieve(ada).invoice_settings
    assert settings is not None
    assert settings.default_payment_method is None
    assert club.v1.payment_methods.list({"customer": ada}).data == []
    assert club.v1.payment_methods.list({"customer": bob}).data == []
    assert club.types("payment_method.") == ["payment_method.attached", "payment_method.detached"]


def test_a_setup_intent_saves_a_card(club: Club) -> None:
    customer = club.customer(None)
    intent = club.v1.setup_intents.create({"customer": customer, "usage": "off_session"})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.CardError):
        club.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    failed = club.v1.setup_intents.retrieve(intent.id)
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.code == "card_declined"

    done = club.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (done.status, done.last_setup_error) == ("succeeded", None)
    (saved,) = club.v1.payment_methods.list({"customer": customer}).data
    assert saved.id == done.payment_method
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        club.v1.setup_intents.cancel(intent.id)
    assert refusal.value.code == "setup_intent_unexpected_state"
    other = club.v1.setup_intents.create({"customer": customer})
    assert club.v1.setup_intents.cancel(other.id).status == "canceled"
    assert [i.id for i in club.v1.setup_intents.list({"customer": customer}).data] == [
        other.id,
        intent.id,
    ]


def test_an_invoice_is_given_up_or_written_off(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    club.use(customer, "pm_card_chargeCustomerFail")
    club.until(ends(made) + 2 * HOUR)
    owed = club.invoices(made.id)[-1]
    assert club.get(made.id).status == "past_due"
    (payment,) = club.v1.invoice_payments.list({"invoice": owed.id}).data
    intent = str(payment.payment.payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="created by an invoice"):
        club.v1.payment_intents.cancel(intent)

    assert club.v1.invoices.mark_uncollectible(owed.id).status == "uncollectible"
    assert club.get(made.id).status == "active"
    voided = club.v1.invoices.void_invoice(owed.id)

    assert (voided.status, voided.auto_advance) == ("void", False)
    assert club.v1.payment_intents.retrieve(intent).status == "canceled"
    (payment,) = club.v1.invoice_payments.list({"invoice": owed.id}).data
    assert payment.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.invoices.pay(owed.id)


def test_a_draft_is_finalized_on_request(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price())
    club.until(ends(made) + 60)
    draft = club.invoices(made.id)[-1]
    edited = club.v1.invoices.update(draft.id, {"metadata": {"a": "b"}, "auto_advance": False})
    assert edited.metadata is not None
    assert edited.metadata.to_dict() == {"a": "b"}
    club.days(1)
    assert club.invoices(made.id)[-1].status == "draft"

    assert club.v1.invoices.finalize_invoice(draft.id).status == "open"
    assert club.v1.invoices.pay(draft.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.invoices.finalize_invoice(draft.id)
