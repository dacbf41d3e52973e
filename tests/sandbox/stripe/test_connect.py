"""Connected accounts: opened by the platform, completed by people, each with money of its own."""

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.stripe.shop import Shop
from tests.support.patience import SOON_SECONDS

DOCUMENT = "individual.verification.document"


def state(shop: Shop, account_id: str) -> tuple[bool | None, bool | None, str | None]:
    account = shop.v1.accounts.retrieve(account_id)
    assert account.requirements is not None
    return account.details_submitted, account.payouts_enabled, account.requirements.disabled_reason


def link(shop: Shop, account_id: str) -> str:
    made = shop.v1.account_links.create(
        {
            "account": account_id,
            "refresh_url": "http://shop.test/again",
            "return_url": "http://shop.test/back",
            "type": "account_onboarding",
        }
    )
    assert made.expires_at - made.created == 300
    return made.url


def test_a_new_account_can_do_nothing(shop: Shop) -> None:
    account = shop.open_account()

    assert account.type == "express"
    assert account.requirements is not None
    assert account.capabilities is not None
    assert account.requirements.currently_due == account.requirements.past_due
    assert "external_account" in (account.requirements.currently_due or [])
    assert (account.charges_enabled, account.capabilities.transfers) == (False, "inactive")
    assert state(shop, account.id) == (False, False, "requirements.past_due")
    assert [each.id for each in shop.v1.accounts.list().data] == [account.id]


def test_an_account_by_its_controller(shop: Shop) -> None:
    account = shop.v1.accounts.create(
        {
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
        }
    )

    assert account.type == "none"
    assert account.controller is not None
    assert account.controller.stripe_dashboard is not None
    assert account.controller.stripe_dashboard.type == "express"
    losses = {"losses": {"payments": "application"}}
    refused: list[Any] = [{}, {"type": "express", "controller": losses}, {"controller": losses}]
    for params in refused:
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.accounts.create(params)


def test_completing_the_page_enables_the_account(shop: Shop) -> None:
    account = shop.open_account()

    reply = shop.onboard(account.id)

    assert (reply.status_code, reply.headers["Location"]) == (303, "http://shop.test/back")
    assert state(shop, account.id) == (True, True, None)
    done = shop.v1.accounts.retrieve(account.id)
    assert done.capabilities is not None
    assert done.external_accounts is not None
    assert (done.charges_enabled, done.capabilities.transfers) == (True, "active")
    assert [bank.last4 for bank in done.external_accounts.data] == ["6789"]
    events = shop.connect.until_type("account.updated")
    assert [event["account"] for event in events] == [account.id]
    sent_twice = requests.post(str(reply.request.url), {"action": "complete"}, timeout=SOON_SECONDS)
    assert sent_twice.status_code == 404
    assert events[0]["data"]["object"]["payouts_enabled"] is True
    assert events[0]["data"]["previous_attributes"]["payouts_enabled"] is False


def test_leaving_the_page_changes_nothing(shop: Shop) -> None:
    account = shop.open_account()

    reply = shop.onboard(account.id, action="leave")

    assert reply.headers["Location"] == "http://shop.test/back"
    assert state(shop, account.id) == (False, False, "requirements.past_due")


def test_what_stripe_wants_to_verify_takes_a_day(shop: Shop) -> None:
    coach = shop.coach(outcome="pending")
    assert state(shop, coach) == (True, False, "requirements.pending_verification")

    shop.days(1)

    assert state(shop, coach) == (True, True, None)
    shop.connect.until_type("account.updated", 2)


def test_a_missing_document_can_be_given_later(shop: Shop) -> None:
    coach = shop.coach(outcome="document")
    assert state(shop, coach) == (True, False, "requirements.past_due")
    assert DOCUMENT in shop.visit(link(shop, coach)).text

    shop.onboard(coach)

    assert state(shop, coach) == (True, True, None)


def test_a_wrong_form_changes_nothing(shop: Shop) -> None:
    account = shop.open_account()

    assert shop.onboard(account.id, bank_account="1").status_code == 400
    assert shop.onboard(account.id, outcome="rich").status_code == 400

    assert state(shop, account.id) == (False, False, "requirements.past_due")


def test_a_link_works_once_and_not_for_long(shop: Shop) -> None:
    account = shop.open_account()
    used, late = link(shop, account.id), link(shop, account.id)

    assert shop.visit(used).status_code == 200
    again = shop.visit(used)
    shop.control("clock", advanceSeconds=300)
    expired = shop.visit(late)

    for reply in (again, expired):
        assert (reply.status_code, reply.headers["Location"]) == (303, "http://shop.test/again")
    assert shop.visit(f"{shop.base}/setup/e/none").status_code == 404
    assert shop.visit(f"{shop.base}/setup/s/none").status_code == 404


def test_the_dashboard_is_for_completed_accounts(shop: Shop) -> None:
    account = shop.open_account()
    with pytest.raises(stripe.InvalidRequestError, match="not completed onboarding"):
        shop.v1.accounts.login_links.create(account.id)
    shop.onboard(account.id)

    login = shop.v1.accounts.login_links.create(account.id)

    assert "available" in shop.visit(login.url).text
    assert shop.visit(login.url).status_code == 404


def test_updating_an_account(shop: Shop) -> None:
    coach = shop.coach()

    shop.v1.accounts.update(
        coach,
        {
            "metadata": {"coach": "c1"},
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
        },
    )

    account = shop.v1.accounts.retrieve(coach)
    assert account.metadata is not None
    assert account.settings is not None
    assert account.settings.payouts is not None
    assert account.metadata.to_dict() == {"coach": "c1"}
    assert account.settings.payouts.schedule.interval == "manual"
    (_, event) = shop.connect.until_type("account.updated", 2)
    assert event["request"]["id"] is not None


def test_taking_a_capability_away(shop: Shop) -> None:
    coach = shop.coach()

    account = shop.v1.accounts.update(coach, {"capabilities": {"transfers": {"requested": False}}})

    assert (account.charges_enabled, account.payouts_enabled) == (False, False)


def test_stripe_may_ask_for_more(shop: Shop) -> None:
    coach = shop.coach()

    shop.control("requirements", account=coach, due=[DOCUMENT])

    account = shop.v1.accounts.retrieve(coach)
    assert account.requirements is not None
    assert account.requirements.currently_due == [DOCUMENT]
    assert account.requirements.current_deadline is not None
    assert state(shop, coach) == (True, True, None)
    shop.control("requirements", account=coach, due=[DOCUMENT], pastDue=True)
    assert state(shop, coach) == (True, False, "requirements.past_due")
    shop.control("requirements", account=coach, due=[])
    assert state(shop, coach) == (True, True, None)
    shop.connect.until_type("account.updated", 4)
    for wrong in ({"account": "acct_none", "due": []}, {"account": coach, "due": "x"}):
        with pytest.raises(requests.HTTPError):
            shop.control("requirements", **wrong)


def test_what_is_not_given_by_the_deadline_restricts_the_account(shop: Shop) -> None:
    late, prompt = shop.coach(), shop.coach()
    for coach in (late, prompt):
        shop.control("requirements", account=coach, due=[DOCUMENT])
    shop.days(13)
    shop.onboard(prompt)

    shop.days(1)

    assert state(shop, late) == (True, False, "requirements.past_due")
    assert state(shop, prompt) == (True, True, None)


def test_a_deleted_account_is_heard_of_no_more(shop: Shop) -> None:
    coach = shop.coach(outcome="pending")
    shop.connect.until_type("account.updated")
    shop.v1.accounts.delete(coach)
    shop.forget()

    shop.days(1)  # by then it would be verified

    assert shop.standin.status()["deliveriesWaiting"] == 0
    assert shop.connect.deliveries() == []


def test_an_account_without_money_can_be_deleted(shop: Shop) -> None:
    empty, rich = shop.coach(), shop.coach()
    shop.fund()
    shop.v1.transfers.create({"amount": 100, "currency": "usd", "destination": rich})

    assert shop.v1.accounts.delete(empty).deleted

    for call in (shop.v1.accounts.retrieve, shop.v1.accounts.delete):
        with pytest.raises(stripe.PermissionError) as refusal:
            call(empty)
        assert refusal.value.error is not None
        assert (refusal.value.http_status, refusal.value.error.code) == (403, "account_invalid")
    with pytest.raises(stripe.InvalidRequestError, match="not zero"):
        shop.v1.accounts.delete(rich)
    assert [account.id for account in shop.v1.accounts.list().data] == [rich]


def test_connect_events_have_an_endpoint_and_secrets_of_their_own(shop: Shop) -> None:
    coach = shop.coach()
    shop.connect.until_type("account.updated")

    deliveries = shop.connect.deliveries()

    for signature, body in deliveries:
        event = stripe.Webhook.construct_event(body, signature, shop.connect_secrets[0])
        assert event.account == coach
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, shop.secrets[0])
    assert shop.endpoint.deliveries() == []
    assert len({*shop.secrets, *shop.connect_secrets}) == 4


def test_connect_events_can_go_wrong_and_come_again(shop: Shop) -> None:
    shop.standin.inject({"kind": "webhook_second_secret", "match": "account.updated"})
    coach = shop.coach()
    (updated,) = shop.connect.until_type("account.updated")
    second = [body for body in shop.connect.deliveries() if b'"account.updated"' in body[1]]
    assert stripe.Webhook.construct_event(second[0][1], second[0][0], shop.connect_secrets[1])
    shop.v1.customers.create({"name": "Ada"})
    shop.endpoint.until_type("customer.created")
    shop.forget()

    shop.control("redeliver")

    shop.connect.until_type("account.updated")
    shop.endpoint.until_type("customer.created")
    shop.connect.clear()
    shop.control("redeliver", eventId=updated["id"])
    assert shop.connect.until_type("account.updated")[0]["account"] == coach
    shop.control("connect_webhook_url", url=None)
    assert shop.standin.status()["connectWebhookUrl"] is None


def test_an_account_sees_its_own_things_only(shop: Shop) -> None:
    one, two = shop.coach(), shop.coach()
    of_one: stripe.RequestOptions = {"stripe_account": one}
    shop.fund()
    shop.v1.transfers.create({"amount": 700, "currency": "usd", "destination": one})

    customer = shop.v1.customers.create({"name": "Ada"}, of_one)

    assert shop.v1.customers.list({}, of_one).data[0].id == customer.id
    assert shop.v1.customers.list().data == []
    assert shop.v1.customers.list({}, {"stripe_account": two}).data == []
    assert shop.v1.balance.retrieve({}, of_one).available[0].amount == 700
    assert shop.v1.balance.retrieve({}, {"stripe_account": two}).available[0].amount == 0
    listed = shop.v1.balance_transactions.list({}, of_one).data
    assert [(t.type, t.net) for t in listed] == [("payment", 700)]
    kinds = {event.type for event in shop.v1.events.list({}, of_one).data}
    assert {"customer.created", "account.updated"} <= kinds
    assert "account.updated" not in {event.type for event in shop.v1.events.list().data}
    with pytest.raises(stripe.PermissionError):
        shop.v1.balance.retrieve({}, {"stripe_account": "acct_none"})


def test_an_idempotency_key_belongs_to_one_account(shop: Shop) -> None:
    key: stripe.RequestOptions = {"idempotency_key": "same"}
    coach = shop.coach()

    ours = shop.v1.customers.create({"name": "Ada"}, key)
    theirs = shop.v1.customers.create({"name": "Bea"}, {**key, "stripe_account": coach})

    assert ours.id != theirs.id
    assert shop.control("calls")[-1]["account"] == coach


def test_a_reset_forgets_the_accounts(shop: Shop) -> None:
    coach = shop.coach()
    page = shop.visit(link(shop, coach)).url

    shop.control("reset")

    assert shop.v1.accounts.list().data == []
    assert requests.get(page, timeout=SOON_SECONDS).status_code == 404
