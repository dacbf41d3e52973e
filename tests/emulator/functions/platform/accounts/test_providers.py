"""What is asked of Google and Apple before they let somebody into an account."""

import json

import pytest

from tests.support.errors import CallError

ANN, EVE = "ann@example.org", "eve@example.org"


def google(email=ANN, *, verified=True):
    return json.dumps({"id": "1", "email": email, "verified_email": verified})


def apple(email=ANN, *, verified=True):
    return json.dumps({"sub": "1", "email": email, "email_verified": verified})


@pytest.fixture
def sign_in(backend):
    def sign_in(method, said=None, known=None, **user):
        record = {"email": ANN, "email_verified": True, **user}
        if known is not None:
            record["provider_data"] = [{"provider_id": method, "uid": "1", "email": known}]
        return backend.ask(
            "accounts_before_sign_in",
            "beforeSignIn",
            "ann",
            sign_in_method=method,
            raw_user_info=said,
            user_record=record,
        )

    return sign_in


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("password", None),
        ("google.com", google()),
        ("google.com", google("Ann@Example.ORG")),
        ("apple.com", apple()),
        ("apple.com", apple(verified="true")),
    ],
)
def test_whoever_has_the_address_of_the_account_gets_in(sign_in, method, said):
    assert sign_in(method, said)["userRecord"]["sessionClaims"]["sessionId"]


def test_with_a_second_factor_what_firebase_kept_of_the_provider_counts(sign_in):
    assert sign_in("google.com", known=ANN)
    for known, user in ((EVE, {}), (None, {}), (ANN, {"email_verified": False})):
        with pytest.raises(CallError) as refused:
            sign_in("google.com", known=known, **user)
        assert refused.value.status == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("google.com", google(EVE)),
        ("google.com", google(verified=False)),
        ("google.com", google(verified="yes")),
        ("apple.com", apple(EVE)),
        ("apple.com", apple(verified=False)),
        ("apple.com", json.dumps({"sub": "1"})),
        ("apple.com", json.dumps({"email": [ANN], "email_verified": True})),
        ("google.com", "[]"),
        ("google.com", None),
        ("github.com", apple()),
        ("phone", None),
        ("anonymous", None),
        ("custom", None),
        ("", None),
    ],
)
def test_nobody_else_does_and_no_session_is_kept(sign_in, admin, method, said):
    with pytest.raises(CallError) as refused:
        sign_in(method, said)

    assert refused.value.status == "PERMISSION_DENIED"
    assert not list(admin.collection("sessions").list_documents())


def test_what_a_provider_says_need_not_be_json(sign_in):
    with pytest.raises(CallError) as refused:
        sign_in("google.com", "{")

    assert refused.value.status == "INVALID_ARGUMENT"
