"""Erases people again of whom a restored backup brought something back.

    python -m tools.reapply_erasures

To be run after every restore of a database, before people are let in again
(docs/privacy-rights.md), with `GOOGLE_CLOUD_PROJECT`, `KMS_KEY` and an operator's credentials. It
reads who was erased from both databases: the marks in `keys`, and the erasures in `(default)`. It
can be stopped and run again. It prints numbers only; the exit code is 0 once nobody is left.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Erase everybody again who was erased; return the exit code."""
    sys.path.insert(0, str(ROOT / "functions"))
    import main as _backend  # noqa: F401, PLC0415  # signs in to Firebase Auth

    return reapply()


def reapply() -> int:
    """Erase everybody again who was erased, print how far that is, and return the exit code."""
    from app.platform.privacy.functions import erasing  # noqa: PLC0415  # needs the path

    states: Counter[str] = Counter()
    for uid, erased_at in erasing.begun().items():
        states[erasing.reapply(uid, erased_at).state.value] += 1
    for state, number in sorted(states.items()):
        print(f"{state}: {number}")
    return 0 if states.keys() <= {"done"} else 1


if __name__ == "__main__":
    sys.exit(main())
