"""The Cloud Function that lists plans."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.platform.subscriptions.models.plans import ListPlans, Plans
from app.platform.subscriptions.policy.plans import PLANS

CACHE_SECONDS = 300


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def subscriptions_list_plans(request: ListPlans) -> Plans:  # noqa: ARG001  # it has no parameters
    """Answer every plan with its prices, limits and features. Reads nothing."""
    return PLANS
