"""How far what Stripe lists was compared with what is known here."""

from app.kit.model import Document, Instant


class Reconciliation(Document):
    """`payment_reconciliations/{name}`: all that Stripe lists from before `reached` was seen."""

    reached: Instant
