"""Accounts of coaches and vendors: opened once, completed at Stripe, shown as Stripe has them."""

from uuid import uuid4

import pytest
import requests

from tests.support.errors import CallError
from tests.support.patience import SOON_SECONDS
from tests.support.payees import BANK_THAT_REFUSES, complete
from tests.support.tokens import staff

PRICE = 10_000


def accounts(payees):
    return payees.giving.api("GET", "/v1/accounts?limit=100")["data"]


def refusal(call):
    with pytest.raises(CallError) as refused:
        call()
    return refused.value.status


def test_the_account_is_opened_once_and_each_call_with_a_new_key_gives_another_page(payees):
    request = {"idempotencyKey": str(uuid4()), "locale": "es"}
    first = payees.call("connect_onboard", **request)
    assert payees.call("connect_onboard", **request) == first
    assert payees.open_page() != first["onboardingUrl"]

    (account,) = accounts(payees)
    assert account["metadata"].keys() == {"referenceKind", "referenceId"}
    assert account["metadata"]["referenceKind"] == "payee"
    assert account["email"] is None
    assert account["business_profile"]["name"] is None
    assert account["capabilities"] == {"transfers": "inactive"}


def test_stripe_leads_back_to_the_client_which_asks_for_another_page(payees):
    url = payees.open_page()
    requests.get(url, timeout=SOON_SECONDS)
    again = requests.get(url, allow_redirects=False, timeout=SOON_SECONDS)  # a link opens once

    assert again.headers["Location"].endswith("/earnings/coach?onboarding=again")


def test_who_is_both_has_an_account_for_each(payees):
    for kind in ("coach", "vendor"):
        payees.open_page("both", kind)

    assert payees.account_id("both", "coach") != payees.account_id("both", "vendor")
    assert len(accounts(payees)) == 2


@pytest.mark.parametrize("roles", [[], ["donor"], ["vendor"], ["admin"]])
def test_only_who_is_a_coach_is_paid_as_one(payees, roles):
    request = {"kind": "coach", "idempotencyKey": str(uuid4()), "locale": "en"}
    claims = staff(*roles)

    assert (
        refusal(lambda: payees.backend.call("connect_onboard", request, uid="someone", **claims))
        == "PERMISSION_DENIED"
    )
    assert accounts(payees) == []


def test_two_first_calls_at_once_reach_one_account(payees, monkeypatch):
    from app.platform.connect import gateway

    real = gateway.open_account

    def slowly(*args, **more):
        monkeypatch.setattr(gateway, "open_account", real)
        payees.open_page()  # somebody else's call, from beginning to end
        return real(*args, **more)

    monkeypatch.setattr(gateway, "open_account", slowly)
    payees.open_page()

    assert [account["id"] for account in accounts(payees)] == [payees.account_id()]


def test_the_state_follows_what_stripe_finds(payees):
    none = payees.call("connect_get_status")
    assert (none["state"], none["due"]) == ("none", [])
    url = payees.open_page()
    assert payees.call("connect_get_status")["state"] == "onboarding"

    complete(url)
    payees.giving.sandbox("requirements", account=payees.account_id(), due=["x.y"], pastDue=False)
    payees.deliver_all()
    status = payees.call("connect_get_status")
    assert (status["state"], status["transfersActive"], status["payoutsEnabled"]) == (
        "active",
        True,
        True,
    )
    assert status["due"] == ["x.y"]

    payees.giving.sandbox("requirements", account=payees.account_id(), due=["x.y"], pastDue=True)
    payees.deliver_all()
    status = payees.call("connect_get_status")
    assert (status["state"], status["transfersActive"], status["pastDue"]) == (
        "restricted",
        False,
        ["x.y"],
    )
    assert status["disabled"] == "requirements.past_due"


def test_an_account_that_no_payee_has_changes_nobody(payees, admin):
    payees.onboard()
    before = admin.collection("payees").get()[0].to_dict()
    stray = payees.giving.api(
        "POST",
        "/v1/accounts",
        type="express",
        **{f"metadata[{name}]": value for name, value in accounts(payees)[0]["metadata"].items()},
        **{"capabilities[transfers][requested]": "true"},
    )
    payees.giving.sandbox("requirements", account=stray["id"], due=["x"], pastDue=True)
    payees.deliver_all()

    assert admin.document(f"stripe_accounts/{stray['id']}").get().exists
    assert admin.collection("payees").get()[0].to_dict() == before


def test_the_dashboard_opens_once_the_account_is_completed(payees):
    assert refusal(lambda: payees.call("connect_open_dashboard")) == "FAILED_PRECONDITION"
    payees.open_page()
    assert refusal(lambda: payees.call("connect_open_dashboard")) == "FAILED_PRECONDITION"

    payees.onboard()
    url = payees.call("connect_open_dashboard")["dashboardUrl"]
    assert requests.get(url, timeout=SOON_SECONDS).status_code == 200


def balance(payees, uid="coach"):
    told = payees.call("connect_get_balance", uid)
    assert told.pop("currency") == "USD"
    return tuple(told[f"{name}Cents"] for name in ("accrued", "held", "pending", "available"))


def test_the_balance_is_what_we_owe_and_what_stripe_has(payees):
    assert balance(payees) == (0, 0, 0, 0)
    payees.book(PRICE)
    assert balance(payees) == (PRICE, 0, 0, 0)

    payees.onboard()
    payees.wait(hours=47)
    _, held = payees.book(500, "b2")
    hold(payees, held)
    assert balance(payees) == (PRICE + 500, 500, 0, 0)
    payees.wait(hours=2)
    payees.release()
    assert balance(payees) == (500, 500, 0, PRICE)
    assert balance(payees, "another") == (0, 0, 0, 0)


def test_who_closed_their_account_is_told_so(payees):
    payees.onboard()
    payees.giving.api("DELETE", f"/v1/accounts/{payees.account_id()}")

    assert refusal(lambda: balance(payees)) == "FAILED_PRECONDITION"
    assert refusal(lambda: payees.call("connect_open_dashboard")) == "FAILED_PRECONDITION"


def test_what_is_owed_to_who_closed_their_account_waits_in_sight(payees, earning):
    payees.onboard()
    _, earning_id = payees.book(PRICE)
    payees.giving.api("DELETE", f"/v1/accounts/{payees.account_id()}")
    payees.wait(hours=49)
    payees.release()

    assert (earning(earning_id).state, earning(earning_id).problem) == ("waiting", "error")
    assert payees.transfers() == []


def paid_out(payees):
    """Let a coach's money go to their bank; return when it has arrived or failed."""
    payees.giving.sandbox("payouts", automatic=True)
    payees.book(PRICE)
    payees.wait(hours=49)
    payees.release()
    payees.wait(days=4)
    payees.deliver_all()


def test_payouts_are_listed_for_whose_they_are_alone(payees):
    payees.onboard()
    paid_out(payees)

    (payout,) = payees.call("connect_list_payouts")["items"]
    assert (payout["state"], payout["amountCents"], payout["failure"]) == ("paid", PRICE, None)
    assert payees.call("connect_list_payouts", "another")["items"] == []
    payees.onboard("other")
    assert payees.call("connect_list_payouts", "other")["items"] == []


def test_a_payout_that_fails_is_told_once_listed_for_staff_and_theirs_again(payees, admin):
    url = payees.open_page()
    payees.call("connect_onboard", idempotencyKey=str(uuid4()), locale="es")
    complete(url, bank_account=BANK_THAT_REFUSES)
    payees.deliver_all()
    paid_out(payees)
    payees.deliver_all()

    (payout,) = payees.call("connect_list_payouts")["items"]
    assert (payout["state"], payout["failure"]) == ("failed", "no_account")
    assert balance(payees) == (0, 0, 0, PRICE)
    (mail,) = [d.to_dict() for d in admin.collection("outbox").stream()]
    assert (mail["template"], mail["uid"], mail["locale"]) == ("payout_failed", "coach", "es")
    assert mail["parameters"] == {"at": payout["arrivesAt"][:10]}
    listed = payees.backend.call("connect_list_failed_payouts", {}, uid="fin", **staff("finance"))
    assert [(i["payoutId"], i["account"]) for i in listed["items"]] == [
        (payout["payoutId"], payees.account_id())
    ]


def hold(payees, earning_id, reason="complaint", name="connect_hold_earning", **claims):
    request = {"idempotencyKey": str(uuid4()), "earningId": earning_id, "reason": reason}
    return payees.backend.call(name, request, uid="fin", **(claims or staff("finance")))


def let_go(payees, earning_id, reason="complaint"):
    return hold(payees, earning_id, reason, "connect_release_hold")


def test_what_staff_hold_is_not_transferred_until_they_let_it_go(payees, admin):
    payees.onboard()
    _, earning_id = payees.book(PRICE)
    view = hold(payees, earning_id)
    assert (view["state"], view["hold"]) == ("held", "complaint")
    payees.wait(hours=49)
    payees.release()
    payees.deliver_all()
    assert payees.transfers() == []

    assert let_go(payees, earning_id)["state"] == "accrued"
    payees.release()
    assert payees.net() == PRICE
    entries = [d.to_dict() for d in admin.collection("audit_entries").stream()]
    told = [(e["action"], e["actor"], e["role"], e["subject"]) for e in entries]
    assert sorted(told) == [
        ("hold_earning", "fin", "finance", "coach"),
        ("release_earning", "fin", "finance", "coach"),
    ]
    assert [e["touched"][0]["path"] for e in entries] == [f"earnings/{earning_id}"] * 2


def test_what_is_held_is_still_reversed_or_canceled_with_its_payment(payees, earning):
    payees.onboard()
    intent_id, earning_id = payees.book(PRICE)
    hold(payees, earning_id)
    payees.giving.refund(intent_id, 11_000)
    payees.deliver_all()

    assert earning(earning_id).state == "canceled"


def test_a_hold_is_refused_where_there_is_nothing_to_hold(payees):
    payees.onboard()
    _, earning_id = payees.book(PRICE)
    assert refusal(lambda: let_go(payees, earning_id)) == "FAILED_PRECONDITION"
    hold(payees, earning_id)
    assert refusal(lambda: hold(payees, earning_id)) == "FAILED_PRECONDITION"
    assert refusal(lambda: let_go(payees, earning_id, "legal")) == "INVALID_ARGUMENT"
    let_go(payees, earning_id)
    payees.wait(hours=49)
    payees.release()
    assert refusal(lambda: hold(payees, earning_id)) == "FAILED_PRECONDITION"
    assert refusal(lambda: hold(payees, "0" * 64)) == "NOT_FOUND"


@pytest.mark.parametrize("role", ["coach", "support", "reviewer"])
def test_only_finance_sees_and_holds_earnings(payees, role):
    payees.onboard()
    _, earning_id = payees.book(PRICE)
    claims = staff(role)

    assert refusal(lambda: hold(payees, earning_id, **claims)) == "PERMISSION_DENIED"
    for name, request in (
        ("connect_list_earnings", {"state": "accrued"}),
        ("connect_list_failed_payouts", {}),
    ):
        call = lambda: payees.backend.call(name, request, uid="x", **claims)  # noqa: B023, E731
        assert refusal(call) == "PERMISSION_DENIED"


def test_earnings_are_listed_page_by_page_newest_first(payees):
    made = []
    for thing in ("b1", "b2", "b3"):
        made.append(payees.book(PRICE, thing)[1])
        payees.wait(minutes=1)

    def page(**more):
        request = {"state": "accrued", "limit": 2, **more}
        return payees.backend.call("connect_list_earnings", request, uid="fin", **staff("finance"))

    first = page()
    second = page(cursor=first["nextCursor"])
    assert [i["earningId"] for i in first["items"] + second["items"]] == made[::-1]
    assert second["nextCursor"] is None


def test_an_account_whose_trigger_was_lost_is_followed_by_the_net(payees):
    complete(payees.open_page())
    payees.deliver_all(triggers=False)
    assert payees.call("connect_get_status")["transfersActive"] is False

    payees.wait(minutes=3)
    payees.set_clock(payees.now())
    payees.backend.tick("connect_sweep_mirrors")

    assert payees.call("connect_get_status")["transfersActive"] is True


def test_a_payment_whose_trigger_was_lost_is_followed_by_the_net(payees):
    payees.onboard()
    intent_id, _ = payees.book(PRICE)
    payees.giving.refund(intent_id, 100)
    payees.deliver_all(triggers=False)
    payees.backend.queues.take()

    payees.wait(minutes=3)
    payees.set_clock(payees.now())
    payees.backend.tick("connect_sweep_mirrors")

    assert "connectSettleTask" in {task.function for task in payees.backend.queues.take()}
