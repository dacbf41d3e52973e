"""What people can call before they accept the terms of use, and what nobody can."""

import json

import pytest
from firebase_admin import auth

from app.kit.roles import Role
from tests.support.deployed import Kind, deployed
from tests.support.tokens import id_token, staff

RIGHTS = {
    "accounts_accept_terms",
    "accounts_list_sessions",
    "accounts_sign_out_everywhere",
    "consents_list",
    "consents_list_history",
    "consents_withdraw",
    "disclosures_list",
    "privacy_cancel_erasure",
    "privacy_correct",
    "privacy_erase",
    "privacy_export",
    "privacy_get_erasure",
    "privacy_get_export",
    "privacy_list_corrections",
}
"""Nobody has to agree to anything to get at their data, to take back a consent, or to leave."""
FIRST_STEPS = {"onboarding_get"}
"""Whose first step is to accept them."""


@pytest.mark.parametrize("terms", [None, "2025-01-01"])
def test_only_what_rights_need_comes_before_the_terms(backend, terms):
    token = id_token(auth.create_user().uid, termsVersion=terms, **staff(*Role))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    open_before = set()
    for function in deployed(Kind.CALLABLE):
        answer = backend.request(function.name, data=json.dumps({"data": {}}), headers=headers)
        error = answer.get_json().get("error", {})
        details = error.get("details")
        if not isinstance(details, dict) or details.get("reason") != "terms":
            open_before.add(function.name)

    assert open_before == RIGHTS | FIRST_STEPS | without_sign_in()


def without_sign_in():
    import inspect

    import main  # reads the environment

    callables = [function.name for function in deployed(Kind.CALLABLE)]
    return {
        name
        for name in callables
        if "caller" not in inspect.signature(inspect.unwrap(getattr(main, name))).parameters
    }
