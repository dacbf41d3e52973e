"""What a donor has given: the sums, what became of them, and a card to show."""

from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS
from app.platform.profiles import store as profiles
from app.platform.records.vault import Owner
from app.recovery.donations.functions.views import opened
from app.recovery.donations.models.dashboard import Dashboard, DonorTotals, GetDashboard
from app.recovery.donations.models.impact import GetShareCard, ShareCard
from app.recovery.donations.policy import card, monthly, totals
from app.recovery.donations.store import gifts
from app.recovery.donations.store import monthly as monthly_store

MAX_MONTHLY = 50
"""How many monthly gifts are looked through for those that run."""


@callable_function(limits=READS)
def donations_get_dashboard(request: GetDashboard, caller: Caller) -> Dashboard:
    """Answer the caller's totals, where they went, the latest gifts, and what is given monthly.

    One read and two queries, whatever was given so far, and one commit where there are
    dedications.
    """
    sums = gifts.totals.get(caller.uid) or DonorTotals()
    shown, next_cursor = gifts.page_of(caller.uid, limit=request.limit, cursor=None)
    recurring, _ = monthly_store.page_of(caller.uid, limit=MAX_MONTHLY, cursor=None)
    running = tuple(monthly.view(i, gift) for i, gift in recurring if monthly.runs(gift))
    return Dashboard(
        totals=tuple(totals.views(sums)),
        allocation=tuple(totals.allocation(sums)),
        history=opened(caller.uid, shown),
        next_cursor=next_cursor,
        monthly=running,
        next_charge=monthly.first_due(running),
    )


@callable_function(limits=READS)
def donations_get_share_card(request: GetShareCard, caller: Caller) -> ShareCard:
    """Answer a card that shows what one of the caller's gifts is for.

    It tells amount and first name only where the caller asks for that, and no name where the gift
    is anonymous. One read; with a name one read and one commit more.

    Errors: `not-found` for a gift that is not the caller's; `failed-precondition` for one that is
    not paid, or went back.
    """
    gift = gifts.donations.get(request.donation_id)
    if gift is None or gift.uid != caller.uid:
        raise NotFoundError("There is no such gift.")
    card.require_shown(gift)
    name = None
    if request.with_name and not gift.anonymous:
        name = profiles.opened(caller.uid, by=Owner(caller.uid)).first_name
    return card.card(gift, request, name)
