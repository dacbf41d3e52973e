"""How complete a profile is, told from which fields are there and not from what they hold."""

from collections.abc import Set as AbstractSet

from app.platform.profiles.models import Completion, Level

WEIGHTS = dict.fromkeys(
    (
        "firstName",
        "lastName",
        "jobTitle",
        "industry",
        "yearsOfExperience",
        "location",
        "bio",
    ),
    10,
) | dict.fromkeys(("company", "timeZone", "linkedinUrl", "siteUrl", "phone"), 6)
"""Points of each field, as it is named on the wire; all together 100."""

LEVELS = ((90, Level.EXCELLENT), (80, Level.GOOD), (60, Level.FAIR), (0, Level.INCOMPLETE))
COMPLETE_FROM = 80


def completion(present: AbstractSet[str]) -> Completion:
    """Return how complete a profile is that has these fields."""
    percent = sum(weight for field, weight in WEIGHTS.items() if field in present)
    return Completion(
        percent=percent,
        level=next(level for least, level in LEVELS if percent >= least),
        complete=percent >= COMPLETE_FROM,
        missing=tuple(field for field in WEIGHTS if field not in present),
    )
