"""P1: the CPU time of a cold start, which is that of its imports."""

import os
import statistics
import sys
from pathlib import Path

from benchmarks.goals import Measurement, over_rounds

ROOT = Path(__file__).parents[1]
FLOOR = "import functions_framework, firebase_functions.https_fn, firebase_admin"
START = "import functions_framework, main"
FLOOR_LIMIT = 1.35
EAGER_LIMIT = 0.6
LIGHT = ("assessments_get_questionnaire", "catalog_list")
"""Operations that need no SDK."""
HEAVY = "assessments_submit"


def measure(targets: list[str], rounds: int) -> list[Measurement]:
    """Return each target against the floor, and `HEAVY` against loading everything."""
    _cpu_seconds(START, "")  # writes the bytecode that a deployed image has
    floors, eager = [], []
    starts: dict[str, list[float]] = {target: [] for target in targets}
    for _ in range(rounds):
        floors.append(_cpu_seconds(FLOOR, ""))
        eager.append(_cpu_seconds(START, ""))
        for target in targets:
            starts[target].append(_cpu_seconds(START, target))
    found = [
        over_rounds(
            "P1",
            f"cold start of {target} / floor",
            [start / floor for start, floor in zip(starts[target], floors, strict=True)],
            limit=FLOOR_LIMIT if target in LIGHT else None,
        )
        for target in sorted(targets, key=lambda name: statistics.median(starts[name]))
    ]
    ratios = [start / all_ for start, all_ in zip(starts[HEAVY], eager, strict=True)]
    found.append(over_rounds("P1", f"cold start of {HEAVY} / eager", ratios, limit=EAGER_LIMIT))
    return [over_rounds("P1", "the floor, CPU", [1000 * f for f in floors], unit="ms"), *found]


def _cpu_seconds(code: str, target: str) -> float:
    """Return the CPU time of a fresh interpreter that runs `code` for `target`, in seconds."""
    environment = {"PYTHONPATH": str(ROOT / "functions"), "FUNCTION_TARGET": target}
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], environment)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"{code!r} failed for {target or 'no target'}.")
    return usage.ru_utime + usage.ru_stime
