"""Giving once, and what was given."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, environment, ids
from app.kit.callables import Caller, callable_function
from app.kit.limits import READS, WRITES
from app.kit.money import Currency
from app.platform.customers import customer
from app.platform.operations.idempotency import Operation, once
from app.platform.payments.gateway import checkout
from app.platform.payments.models.documents import PaymentState, Reference
from app.platform.records import vault
from app.platform.records.vault import Owner
from app.platform.stripe.gateway import SECRETS
from app.recovery.donations.functions.views import opened, record
from app.recovery.donations.models.gifts import (
    CheckoutCreated,
    CreateCheckout,
    Donation,
    DonationPage,
    ListDonations,
)
from app.recovery.donations.policy import pricing, registration
from app.recovery.donations.policy.references import ONE_OFF
from app.recovery.donations.store import solicitation
from app.recovery.donations.store.gifts import donations, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=WRITES, secrets=SECRETS)
def donations_create_checkout(request: CreateCheckout, caller: Caller) -> CheckoutCreated:
    """Price a gift and open the page at Stripe where the donor pays it.

    One batched read, one commit and one call to Stripe, two where the first card is to be saved.
    Stripe learns the donation's id and what is on the page, and nothing of the donor. The ids
    derive from the operation, so a repeated call reaches the same page.

    Errors: `invalid-argument` naming the field; `failed-precondition` with the reason
    `solicitation` or `state` where gifts are not asked for; `unavailable` while Stripe does not
    answer.
    """
    gift = pricing.price(request)
    operation = Operation.of(caller.uid, "donations_create_checkout", request)
    donation_id = ids.digest(operation.id, "donation")[:32]

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[CheckoutCreated, Sequence[Write]]":
        switch, mine = seen
        registration.require(switch.value or registration.DEFAULT, request.donor_state)
        values = {"dedication": request.dedication} if request.dedication else {}
        sealed, trail = vault.seal(record(caller.uid, donation_id), values, by=Owner(caller.uid))
        customer_id, also = customer.ensured(mine) if request.save_card else (None, ())
        page = checkout.open_page(
            gift.lines,
            Currency.USD,
            Reference(kind=ONE_OFF, id=donation_id).metadata,
            success_url=f"{environment.web_url()}/donations/{donation_id}?checkout=done",
            cancel_url=f"{environment.web_url()}/donations/{donation_id}?checkout=left",
            saved_for=customer_id,
            idempotency_key=ids.digest(operation.id, "checkout"),
        )
        donation = Donation(
            uid=caller.uid,
            items=request.items,
            custom_amount_cents=request.custom_amount_cents,
            allocation=gift.allocation,
            fee_cover_cents=gift.fee_cover_cents,
            amount_cents=gift.amount_cents,
            currency=Currency.USD,
            anonymous=request.anonymous,
            state=PaymentState.CREATED,
            checkout_session_id=page.session_id,
            created_at=clock.now(),
            sealed=sealed,
        )
        answer = CheckoutCreated(
            donation_id=donation_id,
            checkout_url=page.url,
            amount_cents=gift.amount_cents,
            currency=Currency.USD,
        )
        return answer, [donations.create(donation_id, donation), *trail, *also]

    reads = [solicitation.key(), customer.key(caller.uid)]
    return once(operation, CheckoutCreated, reads=reads, decide=decide)


@callable_function(limits=READS)
def donations_list(request: ListDonations, caller: Caller) -> DonationPage:
    """Answer the caller's own gifts, newest first, each with its dedication.

    One query, and one commit where there are dedications.
    """
    shown, next_cursor = page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    return DonationPage(items=opened(caller.uid, shown), next_cursor=next_cursor)
