"""Where this process runs, and what it may therefore talk to."""

import os

REGION = "us-central1"
"""Where every function runs."""

STAND_INS = (
    "FIREBASE_AUTH_EMULATOR_HOST",
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_STORAGE_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "STORAGE_API_BASE",
    "CLOUD_TASKS_EMULATOR_HOST",
    "KMS_EMULATOR_HOST",
    "STRIPE_API_BASE",
    "MODEL_API_BASE",
    "SMTP_URL",
)
"""Variables that point a client at a local stand-in of a cloud service."""


def emulated() -> bool:
    """Whether this is the local emulator suite."""
    return os.environ.get("FUNCTIONS_EMULATOR") == "true"


def refuse_stand_ins() -> None:
    """Stop a deployed process that is told to trust a stand-in.

    With an Auth emulator configured, anybody could sign in as anybody.

    Raises:
        RuntimeError: outside the emulator, a variable of `STAND_INS` is set.
    """
    found = [name for name in STAND_INS if os.environ.get(name)]
    if found and not emulated():
        raise RuntimeError(f"Set only in the emulator: {', '.join(found)}")


def stand_in(name: str) -> str | None:
    """Return the address of a local stand-in, or None where the real service is to be used."""
    return os.environ.get(name) or None


def project() -> str:
    """Return the id of the Google Cloud project. Firebase's deployment sets the second name."""
    return os.environ.get("GOOGLE_CLOUD_PROJECT") or os.environ["GCLOUD_PROJECT"]


def app_check_enforced() -> bool:
    """Whether calls must come from an app that Firebase App Check attests.

    Always in the cloud; in the emulator, which issues no attestations, on request.
    """
    return not emulated() or os.environ.get("APP_CHECK_ENFORCED") == "true"


def trusted_proxies() -> int:
    """Return how many of the last hops in `X-Forwarded-For` are ours: `TRUSTED_PROXIES`, or 1."""
    return max(1, int(os.environ.get("TRUSTED_PROXIES", "1")))


def allowed_origins() -> frozenset[str]:
    """Return the web origins whose pages may call: `ALLOWED_ORIGINS`, separated by commas."""
    return frozenset(filter(None, os.environ.get("ALLOWED_ORIGINS", "").split(",")))


def invokers() -> frozenset[str]:
    """Return the service accounts as which queues and schedules call: `INVOKERS`, by commas."""
    return frozenset(filter(None, os.environ.get("INVOKERS", "").split(",")))


def web_url() -> str:
    """Return where the web client is: `WEB_URL`."""
    if emulated():
        return os.environ.get("WEB_URL", "http://127.0.0.1:5000")
    return os.environ["WEB_URL"]
