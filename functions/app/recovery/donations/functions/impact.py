"""What a gift does, before it is given."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.recovery.donations.models.impact import CalculateImpact, Impact
from app.recovery.donations.policy import impact, registration
from app.recovery.donations.store import solicitation

CACHE_SECONDS = 60


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def donations_calculate_impact(request: CalculateImpact) -> Impact:
    """Answer what a choice costs and pays for, and whether gifts are asked for now. One read.

    Errors: `invalid-argument` naming the field for what could not be given so.
    """
    choice = impact.chosen(request)
    switch = solicitation.switches.get(solicitation.MAIN)
    return impact.impact(choice, switch or registration.DEFAULT)
