"""The one batched read of what allowed disclosures."""

from collections.abc import Iterable

from app.kit import firestore
from app.platform.consents import store as consents
from app.platform.consents.models import Part2Consent
from app.platform.emergencies import store as emergencies
from app.platform.emergencies.models import Emergency


def grounds(
    consent_ids: Iterable[str], emergency_ids: Iterable[str]
) -> tuple[dict[str, Part2Consent], dict[str, Emergency]]:
    """Return consents and emergencies by id, those that there are. One batched read."""
    keys = [
        *(consents.part2.key(consent_id) for consent_id in consent_ids),
        *(emergencies.emergencies.key(emergency_id) for emergency_id in emergency_ids),
    ]
    found = firestore.read(*keys) if keys else ()
    return (
        {seen.id: seen.value for seen in found if isinstance(seen.value, Part2Consent)},
        {seen.id: seen.value for seen in found if isinstance(seen.value, Emergency)},
    )
