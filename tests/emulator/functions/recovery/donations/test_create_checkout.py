"""`donations_create_checkout`: prices from the catalogue, one page per wish, nothing more told."""

import json

import pytest
import requests
import stripe as sdk

from app.platform.operations import store as operation_store
from app.platform.stripe import gateway
from app.recovery.donations.models.gifts import Donation
from tests.support.errors import CallError
from tests.support.patience import SOON_SECONDS

KEY = "11111111-2222-4333-8444-555555555555"
SESSIONS = "POST /v1/checkout/sessions"
CANARY = "canary-dedication 🌱"


def stored(admin):
    """The donations and operations that are there."""
    return [
        document.to_dict()
        for name in ("donations", "operations")
        for document in admin.collection(name).stream()
    ]


def test_a_gift_is_priced_here_and_paid_there(giving, admin):
    answer = giving.checkout(
        items=[{"itemId": "housing", "quantity": 2}, {"itemId": "bus", "quantity": 1}],
        customAmountCents=1_500,
        coverFee=True,
        anonymous=True,
        dedication=CANARY,
    )

    # (250 + 35 + 15) dollars and 30 cents over 0.971
    assert (answer["amountCents"], answer["currency"]) == (30_927, "USD")
    gift = Donation.model_validate(
        admin.document(f"donations/{answer['donationId']}").get().to_dict()
    )
    assert (gift.uid, gift.state, gift.amount_cents, gift.fee_cover_cents) == (
        "donor",
        "created",
        30_927,
        927,
    )
    assert gift.allocation == {"HOUSING": 25_000, "TRANSPORT": 3_500, "FLEX": 1_500}
    assert gift.anonymous
    page = requests.get(answer["checkoutUrl"], timeout=SOON_SECONDS).text
    assert "309.27 USD" in page


def test_stripe_learns_the_donation_s_id_and_nothing_of_the_donor(giving, stripe, admin):
    answer = giving.checkout(uid="canary-uid", dedication=CANARY, anonymous=True)

    (call,) = stripe.calls()
    named = {name: value for name, value in call["params"].items() if "metadata" in name}
    assert named == {
        "metadata[referenceKind]": "donation",
        "metadata[referenceId]": answer["donationId"],
        "payment_intent_data[metadata][referenceKind]": "donation",
        "payment_intent_data[metadata][referenceId]": answer["donationId"],
    }
    assert "canary" not in json.dumps(call)
    assert "canary-dedication" not in repr(stored(admin))


def test_the_same_key_gives_the_same_page_and_stores_nothing_more(giving, stripe, admin):
    first = giving.checkout(idempotencyKey=KEY)

    assert giving.checkout(idempotencyKey=KEY) == first
    assert len(stored(admin)) == 2
    assert len(stripe.calls()) == 1
    with pytest.raises(CallError) as refusal:
        giving.checkout(idempotencyKey=KEY, coverFee=True)
    assert refusal.value.fields == ["idempotencyKey"]
    assert giving.checkout(uid="another", idempotencyKey=KEY)["donationId"] != first["donationId"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        pytest.param({"items": []}, "items", id="nothing"),
        pytest.param({"items": None}, "items", id="no list"),
        pytest.param({"items": [{"itemId": "yacht", "quantity": 1}]}, "items.0.itemId", id="item"),
        pytest.param({"items": [{"itemId": "../x", "quantity": 1}]}, "items.0.itemId", id="path"),
        pytest.param({"items": [{"itemId": "bus"}]}, "items.0.quantity", id="no quantity"),
        pytest.param(
            {"items": [{"itemId": "bus", "quantity": 11}]}, "items.0.quantity", id="too many"
        ),
        pytest.param(
            {"items": [{"itemId": "bus", "quantity": 1, "priceCents": 1}]},
            "items.0.priceCents",
            id="a price of one's own",
        ),
        pytest.param(
            {"items": [{"itemId": "bus", "quantity": 1}] * 2}, "items.1.itemId", id="twice"
        ),
        pytest.param(
            {"items": [{"itemId": "operations", "quantity": 1}], "customAmountCents": 100},
            "items.0.itemId",
            id="operations with aid",
        ),
        pytest.param({"customAmountCents": 99}, "customAmountCents", id="under the least"),
        pytest.param({"customAmountCents": 1_000_001}, "customAmountCents", id="over the greatest"),
        pytest.param({"customAmountCents": 2**53}, "customAmountCents", id="2^53"),
        pytest.param({"customAmountCents": 1e2}, "customAmountCents", id="a float"),
        pytest.param({"coverFee": "true"}, "coverFee", id="text for a boolean"),
        pytest.param({"anonymous": None}, "anonymous", id="null for a boolean"),
        pytest.param({"dedication": "x" * 501}, "dedication", id="long dedication"),
        pytest.param({"dedication": "a\0b"}, "dedication", id="NUL"),
        pytest.param({"amountCents": 1}, "amountCents", id="unknown field"),
        pytest.param({"idempotencyKey": "1"}, "idempotencyKey", id="no UUID"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(giving, stripe, admin, wanted, field):
    with pytest.raises(CallError) as refusal:
        giving.checkout(**wanted)

    assert (refusal.value.http_status, refusal.value.fields) == (400, [field])
    assert stored(admin) == []
    assert stripe.calls() == []


def test_signed_out_donors_sign_in_first(giving, admin):
    with pytest.raises(CallError) as refusal:
        giving.checkout(uid=None)

    assert refusal.value.status == "UNAUTHENTICATED"
    assert stored(admin) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_stripe_down_is_said_and_stores_nothing(giving, stripe, admin, status):
    stripe.inject({"kind": "api_status", "match": SESSIONS, "status": status, "times": 3})

    with pytest.raises(CallError) as refusal:
        giving.checkout(idempotencyKey=KEY)

    assert (refusal.value.status, refusal.value.http_status) == ("UNAVAILABLE", 503)
    assert stored(admin) == []
    stripe.reset()
    assert giving.checkout(idempotencyKey=KEY)["donationId"]


def test_stripe_slow_is_the_same_and_a_repetition_finds_the_page(
    giving, stripe, admin, monkeypatch
):
    stripe.inject({"kind": "api_delay", "match": SESSIONS, "seconds": 0.8})
    with monkeypatch.context() as impatient:
        impatient.setattr(gateway, "TIMEOUT_SECONDS", 0.2)
        impatient.setattr(gateway, "MAX_RETRIES", 0)
        gateway._client.cache_clear()  # noqa: SLF001  # it keeps its timeout
        with pytest.raises(CallError) as refusal:
            giving.checkout(idempotencyKey=KEY)
    gateway._client.cache_clear()  # noqa: SLF001  # as above

    assert refusal.value.status == "UNAVAILABLE"
    assert stored(admin) == []
    assert giving.checkout(idempotencyKey=KEY)["donationId"]
    assert len(giving.api("GET", "/v1/checkout/sessions")["data"]) == 1


def test_a_lost_answer_of_stripe_opens_one_page(giving, stripe, admin):
    stripe.inject({"kind": "api_lost_answer", "match": SESSIONS})

    giving.checkout()

    assert len({call["idempotencyKey"] for call in stripe.calls()}) == 1
    assert len(giving.api("GET", "/v1/checkout/sessions")["data"]) == 1


def test_a_crash_between_stripe_and_the_commit_leads_back_to_the_same_page(
    giving, stripe, admin, monkeypatch
):
    giving.checkout(idempotencyKey=KEY.replace("1", "9"))  # the donor's data key is there
    before = stored(admin)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(operation_store.firestore, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            giving.checkout(idempotencyKey=KEY)
    assert len(stripe.calls()) == 2
    assert stored(admin) == before

    answer = giving.checkout(idempotencyKey=KEY)

    latest, _ = giving.api("GET", "/v1/checkout/sessions")["data"]  # and not a third
    assert latest["url"] == answer["checkoutUrl"]
    assert latest["metadata"]["referenceId"] == answer["donationId"]


def test_sdk_telemetry_stays_off(giving):
    giving.checkout()

    assert sdk.enable_telemetry is False
