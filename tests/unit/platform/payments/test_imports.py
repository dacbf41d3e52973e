"""What a cold start of the webhook pays for."""

import json
import subprocess
import sys

import stripe

from app.platform.payments import gateway

CHECK = """
import json, sys
sys.path.insert(0, "functions")
import app.platform.payments.functions
print(json.dumps([m for m in ("stripe", "google.genai", "google.cloud.kms") if m in sys.modules]))
"""


def test_the_webhook_does_not_load_the_sdk() -> None:
    run = subprocess.run(  # noqa: S603  # our own interpreter and text
        [sys.executable, "-c", CHECK], capture_output=True, text=True, check=True
    )

    assert json.loads(run.stdout) == []


def test_the_api_version_is_the_one_that_the_sdk_was_made_for() -> None:
    assert stripe.api_version == gateway.API_VERSION
