"""The API around its operations: keys, parameters, idempotency, pages, faults."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from sandbox.stripe.account import API_VERSION
from sandbox.stripe.params import decode
from tests.sandbox.stripe.shop import Shop
from tests.support.patience import SOON_SECONDS, until

KEY: stripe.RequestOptions = {"idempotency_key": "gift_1"}

names = st.text("abcdefghijklmnop_", min_size=1, max_size=5)
trees = st.recursive(
    st.text("a0[]&=+%é ", max_size=5),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(names, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def by_index(tree: Any) -> Any:
    if isinstance(tree, list):
        return {str(i): by_index(item) for i, item in enumerate(tree)}
    return {k: by_index(v) for k, v in tree.items()} if isinstance(tree, dict) else tree


@settings(max_examples=25)
@given(st.dictionaries(names, trees, max_size=4))
def test_what_the_sdk_encodes_is_decoded(tree: dict[str, Any]) -> None:
    assert decode(_api_encode(tree)) == by_index(tree)


def test_the_version_is_the_one_the_sdk_was_made_for() -> None:
    assert stripe.api_version == API_VERSION


def test_a_wrong_key_is_401(shop: Shop) -> None:
    with pytest.raises(stripe.AuthenticationError) as refusal:
        shop.client(api_key="sk_test_wrong").v1.customers.list()

    assert refusal.value.http_status == 401


def test_another_version_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="speaks version"):
        shop.v1.customers.list(options={"stripe_version": "2020-08-27"})


def test_what_does_not_exist_is_404(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        shop.v1.charges.retrieve("ch_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")

    with pytest.raises(stripe.InvalidRequestError) as unknown:
        shop.client().raw_request("get", "/v1/unicorns")
    assert unknown.value.http_status == 404


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": "500", "currency": "usd", "card": "x"}, "parameter_unknown", "card"),
        ({"amount": "500"}, "parameter_missing", "currency"),
        ({"amount": "5.00", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "0", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "49", "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": "500", "currency": ""}, "parameter_invalid_empty", "currency"),
        ({"amount[cents]": "500", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "500", "currency": "usd", "expand": ["nothing"]}, None, "expand"),
        ({"amount": "500", "currency": "usd", "metadata": "x"}, None, "metadata"),
    ],
)
def test_a_wrong_parameter_is_named(
    shop: Shop, params: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.client().raw_request("post", "/v1/payment_intents", **params)

    assert (refusal.value.http_status, refusal.value.code) == (400, code)
    assert refusal.value.param == param


def test_the_same_key_replays_the_answer(shop: Shop) -> None:
    first = shop.v1.customers.create({"name": "Ada"}, KEY)
    again = shop.v1.customers.create({"name": "Ada"}, KEY)

    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response is not None
    assert (
        first.last_response.headers["Request-Id"]
        == (again.last_response.headers["Original-Request"])
    )
    assert len(shop.v1.customers.list().data) == 1


def test_the_same_key_for_another_request_is_refused(shop: Shop) -> None:
    shop.v1.customers.create({"name": "Ada"}, KEY)

    with pytest.raises(stripe.IdempotencyError) as refusal:
        shop.v1.customers.create({"name": "Bob"}, KEY)
    assert refusal.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.products.create({"name": "Ada"}, KEY)


def test_a_key_in_use_is_409(shop: Shop) -> None:
    shop.standin.inject({"kind": "api_delay", "seconds": 3})
    create = shop.client(retries=0).v1.customers.create
    with ThreadPoolExecutor(2) as callers:
        slow = callers.submit(create, {"name": "Ada"}, KEY)
        until(lambda: not shop.standin.status()["faults"])  # the slow one has met its fault
        with pytest.raises(stripe.StripeError) as conflict:
            create({"name": "Ada"}, KEY)
        made = slow.result()

    assert conflict.value.http_status == 409
    assert conflict.value.error is not None
    assert conflict.value.error.code == "idempotency_key_in_use"
    assert create({"name": "Ada"}, KEY).id == made.id


def test_a_key_is_kept_for_a_day(shop: Shop) -> None:
    first = shop.v1.customers.create({"name": "Ada"}, KEY)
    shop.control("clock", advanceSeconds=86_400 - 60)
    assert shop.v1.customers.create({"name": "Ada"}, KEY).id == first.id

    shop.control("clock", advanceSeconds=60)

    assert shop.v1.customers.create({"name": "Ada"}, KEY).id != first.id


def test_refused_parameters_do_not_use_up_the_key(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.create({"amount": -1, "currency": "usd"}, KEY)

    shop.v1.payment_intents.create({"amount": 500, "currency": "usd"}, KEY)


def test_a_decline_is_replayed(shop: Shop) -> None:
    declined = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            shop.v1.payment_intents.create(
                {
                    "amount": 500,
                    "currency": "usd",
                    "confirm": True,
                    "payment_method": "pm_card_chargeDeclined",
                },
                KEY,
            )
        assert refusal.value.error is not None
        declined.append(refusal.value.error.charge)

    assert declined[0] == declined[1]
    assert len(shop.v1.charges.list().data) == 1


def test_pages(shop: Shop) -> None:
    made = [shop.v1.customers.create({"name": str(i)}).id for i in range(5)][::-1]

    first = shop.v1.customers.list({"limit": 2})
    assert ([c.id for c in first.data], first.has_more) == (made[:2], True)
    last = shop.v1.customers.list({"limit": 2, "starting_after": made[2]})
    assert ([c.id for c in last.data], last.has_more) == (made[3:], False)
    back = shop.v1.customers.list({"limit": 2, "ending_before": made[3]})
    assert ([c.id for c in back.data], back.has_more) == (made[1:3], True)
    walked = shop.v1.customers.list({"limit": 2}).auto_paging_iter()
    assert [c.id for c in walked] == made
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.v1.customers.list({"limit": 101})
    assert refusal.value.param == "limit"
    with pytest.raises(stripe.InvalidRequestError) as stranger:
        shop.v1.customers.list({"starting_after": "cus_none"})
    assert stranger.value.param == "starting_after"


def test_events_by_type_and_time(shop: Shop) -> None:
    shop.v1.customers.create({"name": "Ada"})
    shop.control("clock", advanceSeconds=1000)
    product = shop.v1.products.create({"name": "Food"})
    at = product.created

    def types(params: Any) -> list[str]:
        return [event.type for event in shop.v1.events.list(params).data]

    assert types({"created": {"gte": at}}) == ["product.created"]
    assert types({"created": {"gt": at}}) == []
    assert types({"created": {"lt": at}}) == ["customer.created"]
    assert types({"created": at}) == ["product.created"]
    assert types({"type": "customer.created"}) == ["customer.created"]
    assert types({"types": ["customer.created", "product.created"]}) == [
        "product.created",
        "customer.created",
    ]


def test_an_event_keeps_the_object_as_it_was(shop: Shop) -> None:
    customer = shop.v1.customers.create({"name": "Ada"}, KEY)
    shop.v1.customers.update(customer.id, {"name": "Bob"})

    (event,) = shop.v1.events.list({"type": "customer.created"}).data

    assert event.data.object["name"] == "Ada"
    assert (event.livemode, event.api_version) == (False, API_VERSION)
    assert event.request is not None
    assert event.request.idempotency_key == "gift_1"
    assert shop.v1.events.retrieve(event.id).type == "customer.created"


def test_a_lost_answer_is_asked_for_again(shop: Shop) -> None:
    shop.standin.inject({"kind": "api_lost_answer", "match": "POST /v1/customers"})

    shop.v1.customers.create({"name": "Ada"})

    assert len(shop.v1.customers.list().data) == 1
    assert [call["method"] for call in shop.standin.calls()] == ["POST", "POST", "GET"]


def test_a_server_error_executes_nothing(shop: Shop) -> None:
    shop.standin.inject({"kind": "api_status", "status": 500, "times": 3})

    with pytest.raises(stripe.APIError):
        shop.v1.customers.create({"name": "Ada"})

    assert shop.v1.customers.list().data == []


def test_a_rate_limit_is_not_retried_by_the_sdk(shop: Shop) -> None:
    shop.standin.inject({"kind": "api_status", "status": 429})

    with pytest.raises(stripe.RateLimitError):
        shop.v1.customers.list()

    assert shop.v1.customers.list().data == []


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({}, "kind"),
        ({"kind": "api_sulk"}, "kind"),
        ({"kind": "api_status", "status": 200}, "status"),
        ({"kind": "api_status", "seconds": 1}, "seconds"),
        ({"kind": "api_delay"}, "needs seconds"),
        ({"kind": "webhook_drop", "times": "often"}, "times"),
    ],
)
def test_an_unknown_fault_is_refused(shop: Shop, fault: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        shop.standin.inject(fault)

    reply = requests.post(f"{shop.base}/_sandbox/faults", json=fault, timeout=SOON_SECONDS)
    assert reply.status_code == 400
    assert shop.standin.status()["faults"] == []


def test_calls_tell_what_was_sent(shop: Shop) -> None:
    shop.v1.customers.create({"name": "Ada", "metadata": {"a": "b"}}, KEY)
    shop.v1.customers.list({"limit": 3})

    assert shop.control("calls") == [
        {
            "method": "POST",
            "path": "/v1/customers",
            "params": {"name": "Ada", "metadata[a]": "b"},
            "idempotencyKey": "gift_1",
            "account": None,
        },
        {
            "method": "GET",
            "path": "/v1/customers",
            "params": {"limit": "3"},
            "idempotencyKey": None,
            "account": None,
        },
    ]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("clock", {"advanceSeconds": -1}),
        ("clock", {"advanceSeconds": "1"}),
        ("clock", {"seconds": 1}),
        ("webhook_url", {"url": "ftp://x"}),
        ("redeliver", {"eventId": "evt_none"}),
    ],
)
def test_wrong_steering_is_refused(shop: Shop, name: str, body: dict[str, Any]) -> None:
    reply = requests.post(f"{shop.base}/_sandbox/{name}", json=body, timeout=SOON_SECONDS)

    assert reply.status_code in {400, 404}
