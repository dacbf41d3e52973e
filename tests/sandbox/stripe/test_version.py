"""The version of Stripe's API that the backend asks for."""

import stripe

from app.platform.stripe import gateway


def test_the_api_version_is_the_one_that_the_sdk_was_made_for() -> None:
    assert stripe.api_version == gateway.API_VERSION
