"""The dated rules of the crisis screen.

The phrases are in `rules/*.txt`, one a line, in the notation of `phrases.Phrases`; "--" begins a
comment. Words are written plainly: accents, apostrophes and doubled letters do not matter, and a
number above four is "#". Whoever changes a rule sets `RULES_DATE` and measures anew what
docs/crisis-screen.md states.
"""

from datetime import date
from pathlib import Path

from app.platform.model.models import CrisisCategory

RULES_DATE = date(2026, 11, 23)

HITS = {CrisisCategory.OVERDOSE: "overdose", CrisisCategory.SELF_HARM: "self_harm"}
"""The file of each category."""

HARMLESS = "harmless"
"""The file of what only sounds like a crisis."""

NEGATIONS = (
    *("not", "never", "no", "dont", "doesnt", "didnt", "havent", "hasnt", "hadnt", "wouldnt"),
    *("isnt", "arent", "aint", "wasnt", "wont", "without", "deny", "denies", "zero", "non"),
    *("nunca", "jamas", "ni", "tampoco", "sin"),
)
"""What takes a hit back when it leads straight to it."""

NEGATION_CARRIERS = (
    *("to", "ever", "really", "even", "actually", "want", "wanted", "wants", "wanting", "wanna"),
    *("going", "gonna", "plan", "planning", "plans", "intend", "trying", "try", "tried", "have"),
    *("attempted", "attempt", "has", "had", "been", "be", "feel", "feeling", "felt", "am", "is"),
    *("a", "an", "any", "being", "thought", "thoughts", "think", "thinking", "about", "of", "had"),
    *("considered", "considering", "seriously", "currently", "personally", "longer", "having"),
    *("history", "experienced", "at", "all"),
    *("soy", "estoy", "he", "tenido", "tuve", "tengo", "una", "un", "pensamientos", "ideas"),
    *("intentado", "intente", "quiero", "quise", "querido", "pienso", "pensado", "en", "me", "de"),
    *("ganas", "sido", "voy", "intentos"),
)
"""What may stand between a negation and the hit."""

BUT = ("but", "except", "until", "though", "pero", "aunque", "hasta")
"""What may take a negation back, when one of `STILL` follows."""

STILL = (
    *("now", "might", "may", "could", "do", "did", "will", "sometimes", "today", "tonight"),
    *("lately", "recently", "again", "think", "ahora", "quiza", "quizas", "hoy", "podria"),
    *("creo", "si", "anoche", "ayer"),
)


def read(name: str) -> list[str]:
    """Return the lists and the rules of one file."""
    folder = Path(__file__).with_name("rules")
    lines = [
        line
        for file in ("lists", name)
        for line in (folder / f"{file}.txt").read_text().split("\n")
    ]
    return [line for line in lines if line and not line.startswith("--")]
