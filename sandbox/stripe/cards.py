"""Stripe's test payment methods, by name, and what becomes of them."""

from dataclasses import dataclass

from sandbox.stripe.params import Json


@dataclass(frozen=True)
class PaymentMethod:
    """A test payment method.

    Attributes:
        label: what the hosted page calls it.
        type: `card` is decided at once, `us_bank_account` days later.
        decline: the error code and the decline code with which a charge fails.
        refund: the last state of a refund that does not succeed at once.
        saves: it can be saved although each charge fails.
        dispute: the reason for which the cardholder disputes the charge.
        inquiry: whether the bank only asks, and takes no money.
        available_at_once: whether the money is never pending.
    """

    label: str
    type: str = "card"
    last4: str = "4242"
    brand: str = "visa"
    decline: tuple[str, str | None] | None = None
    refund: str = ""
    dispute: str = ""
    inquiry: bool = False
    available_at_once: bool = False
    saves: bool = False

    @property
    def refuses_saving(self) -> bool:
        """Whether the bank refuses it already when it is saved."""
        return self.type == "card" and self.decline is not None and not self.saves

    def details(self) -> Json:
        """Return the part of a payment method that depends on its type."""
        if self.type == "card":
            return {
                "brand": self.brand,
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "pass",
                },
                "country": "US",
                "exp_month": 12,
                "exp_year": 2040,
                "fingerprint": f"sandbox{self.last4}",
                "funding": "credit",
                "last4": self.last4,
                "wallet": None,
            }
        return {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "fingerprint": f"sandbox{self.last4}",
            "last4": self.last4,
            "routing_number": "110000000",
        }


PAYMENT_METHODS = {
    "pm_card_visa": PaymentMethod("Visa, succeeds"),
    "pm_card_mastercard": PaymentMethod("Mastercard, succeeds", last4="4444", brand="mastercard"),
    "pm_card_chargeDeclined": PaymentMethod(
        "Visa, declined", last4="0002", decline=("card_declined", "generic_decline")
    ),
    "pm_card_chargeDeclinedInsufficientFunds": PaymentMethod(
        "Visa, insufficient funds", last4="9995", decline=("card_declined", "insufficient_funds")
    ),
    "pm_card_chargeDeclinedExpiredCard": PaymentMethod(
        "Visa, expired", last4="0069", decline=("expired_card", None)
    ),
    "pm_card_chargeCustomerFail": PaymentMethod(
        "Visa, can be saved, then declined",
        last4="0341",
        decline=("card_declined", "generic_decline"),
        saves=True,
    ),
    "pm_card_chargeCustomerFailLost": PaymentMethod(
        "Visa, can be saved, then reported lost",
        last4="9987",
        decline=("card_declined", "lost_card"),
        saves=True,
    ),
    "pm_card_refundFail": PaymentMethod(
        "Visa, succeeds, a refund fails later", last4="5126", refund="failed"
    ),
    "pm_card_pendingRefund": PaymentMethod(
        "Visa, succeeds, a refund takes its time", last4="7726", refund="succeeded"
    ),
    "pm_card_createDispute": PaymentMethod(
        "Visa, succeeds, disputed as fraudulent", last4="0259", dispute="fraudulent"
    ),
    "pm_card_createDisputeProductNotReceived": PaymentMethod(
        "Visa, succeeds, disputed as not received", last4="2685", dispute="product_not_received"
    ),
    "pm_card_createDisputeInquiry": PaymentMethod(
        "Visa, succeeds, the bank inquires", last4="1976", dispute="fraudulent", inquiry=True
    ),
    "pm_card_bypassPending": PaymentMethod(
        "Visa, succeeds, available at once", last4="0077", available_at_once=True
    ),
    "pm_usBankAccount": PaymentMethod(
        "Bank debit, succeeds after days", type="us_bank_account", last4="6789"
    ),
    "pm_usBankAccount_insufficientFunds": PaymentMethod(
        "Bank debit, fails after days",
        type="us_bank_account",
        last4="2227",
        decline=("insufficient_funds", None),
    ),
}
