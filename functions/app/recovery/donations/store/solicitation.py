"""The `solicitation` collection: one document, the switch."""

from app.kit.firestore import Collection, Key
from app.recovery.donations.models.solicitation import Switch

switches = Collection("solicitation", Switch)
MAIN = "main"


def key() -> Key[Switch]:
    """Return the place of the switch, for a batched read."""
    return switches.key(MAIN)
