"""Giving once, and what was given."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, environment, ids
from app.kit.callables import Caller, callable_function
from app.kit.limits import READS, WRITES
from app.kit.money import Currency
from app.platform.operations.idempotency import Operation, once
from app.platform.payments.gateway import checkout
from app.platform.payments.models.documents import PaymentState, Reference
from app.platform.records import vault
from app.platform.records.vault import Owner, Record
from app.platform.stripe.gateway import SECRETS
from app.recovery.donations.models.gifts import (
    CheckoutCreated,
    CreateCheckout,
    Donation,
    DonationPage,
    DonationView,
    ListDonations,
)
from app.recovery.donations.policy import pricing
from app.recovery.donations.policy.references import ONE_OFF
from app.recovery.donations.store.gifts import donations, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=WRITES, secrets=SECRETS)
def donations_create_checkout(request: CreateCheckout, caller: Caller) -> CheckoutCreated:
    """Price a gift and open the page at Stripe where the donor pays it.

    One batched read, one commit and one call to Stripe, which learns the donation's id and what
    is on the page, and nothing of the donor. The ids derive from the operation, so a repeated
    call reaches the same page.

    Errors: `invalid-argument` naming the field; `unavailable` while Stripe does not answer.
    """
    gift = pricing.price(request)
    operation = Operation.of(caller.uid, "donations_create_checkout", request)
    donation_id = ids.digest(operation.id, "donation")[:32]

    def decide(_: "tuple[Snapshot[Any], ...]") -> "tuple[CheckoutCreated, Sequence[Write]]":
        values = {"dedication": request.dedication} if request.dedication else {}
        sealed, trail = vault.seal(_record(caller.uid, donation_id), values, by=Owner(caller.uid))
        page = checkout.open_page(
            gift.lines,
            Currency.USD,
            Reference(kind=ONE_OFF, id=donation_id).metadata,
            success_url=f"{environment.web_url()}/donations/{donation_id}?checkout=done",
            cancel_url=f"{environment.web_url()}/donations/{donation_id}?checkout=left",
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
        return answer, [donations.create(donation_id, donation), *trail]

    return once(operation, CheckoutCreated, decide=decide)


@callable_function(limits=READS)
def donations_list(request: ListDonations, caller: Caller) -> DonationPage:
    """Answer the caller's own gifts, newest first, each with its dedication.

    One query, and one commit where there are dedications.
    """
    shown, next_cursor = page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    sealed = [(donation_id, gift) for donation_id, gift in shown if gift.sealed]
    places = [(_record(gift.uid, donation_id), gift.sealed) for donation_id, gift in sealed]
    opened = vault.opening(*places, by=Owner(caller.uid)).now()
    dedications = {
        donation_id: fields["dedication"]
        for (donation_id, _), fields in zip(sealed, opened, strict=True)
    }
    items = tuple(
        _view(donation_id, gift, dedications.get(donation_id)) for donation_id, gift in shown
    )
    return DonationPage(items=items, next_cursor=next_cursor)


def _view(donation_id: str, gift: Donation, dedication: str | None) -> DonationView:
    return DonationView(
        donation_id=donation_id,
        items=gift.items,
        custom_amount_cents=gift.custom_amount_cents,
        fee_cover_cents=gift.fee_cover_cents,
        amount_cents=gift.amount_cents,
        currency=gift.currency,
        state=gift.state,
        created_at=gift.created_at,
        anonymous=gift.anonymous,
        dedication=dedication,
    )


def _record(uid: str, donation_id: str) -> Record:
    """Return where the sealed values of a gift live."""
    return Record(uid, f"donations/{donation_id}")
