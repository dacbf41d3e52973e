"""Cases for staff, the interface of this domain to all that keep books."""

from collections.abc import Mapping
from itertools import batched

from app.kit import clock
from app.platform.payments.models.cases import CaseKind, Difference
from app.platform.payments.policy import cases as policy
from app.platform.payments.store import cases as store

__all__ = ["CaseKind", "Difference", "tell"]


def tell(found: Mapping[str, Difference | None]) -> None:
    """Tell staff of differences, and close by itself what is none any more.

    May be told again at any time. A read, and a commit if something changed, for each hundred.

    Args:
        found: by the id of what it is about, fit for a document: how it differs; None where
            both sides agree.
    """
    at = clock.now()
    for case_ids in batched(found, store.PAGE, strict=False):
        store.change(case_ids, lambda case_id, case: policy.told(case, found[case_id], at))
