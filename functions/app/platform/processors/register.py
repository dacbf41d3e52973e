"""The register of processors, and the one place that says whether one may get health data.

Whether an agreement is signed, and since when, is a fact of each deployment and no part of the
code: `PROCESSOR_AGREEMENTS=vertex_ai=2027-01-10,google_cloud=2027-01-10`.
"""

import os
from datetime import UTC, date, datetime

from app.kit import environment
from app.platform.processors.models import Processor
from app.platform.records.models import Category

HEALTH = frozenset({Category.COACHING, Category.RECOVERY, Category.COUNSELLING_NOTES})
"""Categories that are treated as health data. Coaching answers are, since people confide there."""

_BAA = (
    "Business associate agreement (45 CFR 164.504(e)), as a qualified service organization"
    " (42 CFR 2.11)"
)

_ROWS = (
    Processor(
        "google_cloud",
        "Google Cloud (Firestore, Storage, Cloud KMS, Cloud Run, Identity Platform)",
        "Runs and stores everything; what is sensitive is stored encrypted",
        frozenset(Category),
        _BAA,
    ),
    Processor(
        "vertex_ai",
        "Google Cloud Vertex AI",
        "Writes analyses and plans, with the person's consent; identifiers are taken out",
        frozenset({Category.COACHING}),
        _BAA,
    ),
    Processor(
        "stripe",
        "Stripe",
        "Takes payments and keeps the payer's name, address and card",
        frozenset({Category.ACCOUNT, Category.GIVING}),
        "",
    ),
    Processor(
        "mail",
        "The provider of the SMTP server",
        "Delivers mails, which carry no health data",
        frozenset({Category.ACCOUNT}),
        "",
    ),
)

PROCESSORS = {row.id: row for row in _ROWS}
"""Every processor by its id."""


def agreed_since(processor_id: str) -> date | None:
    """Return since when the agreement of a processor is signed; None where none is.

    Raises:
        ValueError: `PROCESSOR_AGREEMENTS` is not what it should be.
    """
    for part in filter(None, os.environ.get("PROCESSOR_AGREEMENTS", "").split(",")):
        name, _, since = part.strip().partition("=")
        if name not in PROCESSORS:
            raise ValueError("PROCESSOR_AGREEMENTS names a processor that is not registered.")
        if name == processor_id:
            return date.fromisoformat(since)
    return None


def may_get_health_data(processor_id: str) -> bool:
    """Whether a processor may get health data: registered for some, and its agreement is in force.

    Under the emulator stand-ins take the place of all of them, and keep nothing.
    """
    if not PROCESSORS[processor_id].categories & HEALTH:
        return False
    if environment.emulated():
        return True
    since = agreed_since(processor_id)
    return since is not None and since <= datetime.now(UTC).date()
