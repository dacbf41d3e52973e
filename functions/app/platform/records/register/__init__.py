"""The register of everything kept: what it is, who opens it, how long, what erasure does.

A new collection is a row in the module of its area; a test fails while there is none.
`docs/records.md` is made from these rows.
"""

from app.kit import retention
from app.kit.retention import Lifetime
from app.platform.records.models import LAST_ACTIVITY
from app.platform.records.register import (
    accounts,
    coaching,
    consents,
    giving,
    payments,
    rights,
    system,
)

_ROWS = (
    *coaching.ROWS,
    *giving.ROWS,
    *payments.ROWS,
    *accounts.ROWS,
    *consents.ROWS,
    *system.ROWS,
    *rights.ROWS,
)

TYPES = {row.collection: row for row in _ROWS}
"""Every collection by its name."""

for _row in _ROWS:
    if _row.retention is not None and _row.retention.since != LAST_ACTIVITY:
        retention.declare(_row.collection, Lifetime(_row.retention.since, _row.retention.period))
