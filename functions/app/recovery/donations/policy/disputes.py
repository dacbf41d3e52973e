"""What a bank is told of a disputed gift."""

from app.platform.payments.models.documents import Payment
from app.recovery.donations.models.disputes import DisputedGift
from app.recovery.donations.models.gifts import Donation


def evidence(gift: Donation, payment: Payment) -> str:
    """Return what is known of a gift, for the bank to judge by. It names nobody.

    Who gave, where and from which address, Stripe knows from its own page and adds itself.
    """
    paid_at = payment.captured_at or gift.created_at
    kind = "one payment of a monthly gift" if gift.monthly_gift_id else "a single gift"
    return (
        f"This charge is a charitable contribution of {gift.amount_cents / 100:.2f} "
        f"{gift.currency} ({kind}), made on {paid_at.date().isoformat()} by somebody who had "
        "signed in to their own account and confirmed amount and purpose on the payment page. "
        "No goods or services were provided in return. A receipt was issued, the gift is shown "
        "in the donor's account, and its use is recorded in a public ledger."
    )


def view(donation_id: str, gift: Donation) -> DisputedGift:
    """Return a disputed gift as finance sees it."""
    return DisputedGift(
        donation_id=donation_id,
        amount_cents=gift.amount_cents,
        disputed_cents=gift.counted.disputed_cents if gift.counted else 0,
        currency=gift.currency,
        created_at=gift.created_at,
    )
