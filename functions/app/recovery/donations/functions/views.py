"""Gifts as their donors see them."""

from collections.abc import Sequence

from app.platform.records import vault
from app.platform.records.vault import Owner, Record
from app.recovery.donations.models.gifts import Donation, DonationView


def record(uid: str, donation_id: str) -> Record:
    """Return where the sealed values of a gift live."""
    return Record(uid, f"donations/{donation_id}")


def opened(uid: str, shown: Sequence[tuple[str, Donation]]) -> tuple[DonationView, ...]:
    """Return gifts of one donor with their dedications. One commit where there are any."""
    sealed = [(donation_id, gift) for donation_id, gift in shown if gift.sealed]
    places = [(record(uid, donation_id), gift.sealed) for donation_id, gift in sealed]
    fields = vault.opening(*places, by=Owner(uid)).now()
    dedications = {
        donation_id: values["dedication"]
        for (donation_id, _), values in zip(sealed, fields, strict=True)
    }
    return tuple(
        _view(donation_id, gift, dedications.get(donation_id)) for donation_id, gift in shown
    )


def _view(donation_id: str, gift: Donation, dedication: str | None) -> DonationView:
    return DonationView(
        donation_id=donation_id,
        monthly_gift_id=gift.monthly_gift_id,
        refunded_cents=gift.counted.refunded_cents if gift.counted else 0,
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
