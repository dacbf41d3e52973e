"""P1: the CPU time of a cold start, which is that of its imports."""

import os
import statistics
import sys
from pathlib import Path

from benchmarks.goals import Measurement, over_rounds

ROOT = Path(__file__).parents[1]
FLOOR = "import functions_framework, firebase_functions.https_fn, firebase_admin"
START = "import functions_framework, main"
FIRST_KEY = f"{START}; from google.cloud import kms_v1"
"""A start and the client that the first call of a cold instance loads, to have a person's key."""
EVERYTHING = f"{FIRST_KEY}; import stripe"
"""Without a target: every module, and the clients that are loaded by first calls."""
FLOOR_LIMIT = 1.35
EAGER_LIMIT = 0.6
LIGHT = ("assessments_get_questionnaire", "catalog_list")
"""Operations that need no SDK."""
HEAVY = "assessments_submit"


def measure(others: list[str], rounds: int) -> list[Measurement]:
    """Return targets against the floor, and `HEAVY` against loading everything.

    Args:
        others: targets beside those that have a limit; a third of the rounds is for them.
        rounds: how often each is started.
    """
    _cpu_seconds(START, "")  # writes the bytecode that a deployed image has
    floors, eager, eager_with_key = [], [], []
    ratios: dict[str, list[float]] = {target: [] for target in (*LIGHT, HEAVY)}
    for _ in range(rounds):
        floors.append(_cpu_seconds(FLOOR, ""))
        starts = {target: _cpu_seconds(START, target) for target in ratios}
        eager.append(starts[HEAVY] / _cpu_seconds(START, ""))
        with_key = _cpu_seconds(FIRST_KEY, HEAVY)
        eager_with_key.append(with_key / _cpu_seconds(EVERYTHING, ""))
        for target, start in starts.items():
            ratios[target].append(start / floors[-1])
    for _ in range(rounds // 3):
        floor = _cpu_seconds(FLOOR, "")
        for target in set(others) - {*LIGHT, HEAVY}:
            ratios.setdefault(target, []).append(_cpu_seconds(START, target) / floor)
    return [
        over_rounds("P1", "the floor, CPU", [1000 * seconds for seconds in floors], unit="ms"),
        *(
            over_rounds(
                "P1",
                f"cold start of `{target}` / floor",
                ratios[target],
                limit=FLOOR_LIMIT if target in LIGHT else None,
            )
            for target in sorted(ratios, key=lambda name: statistics.median(ratios[name]))
        ),
        over_rounds("P1", f"cold start of `{HEAVY}` / eager", eager, limit=EAGER_LIMIT),
        over_rounds("P1", f"`{HEAVY}` and its first key / eager with every SDK", eager_with_key),
    ]


def _cpu_seconds(code: str, target: str) -> float:
    """Return the CPU time of a fresh interpreter that runs `code` for `target`, in seconds."""
    environment = {"PYTHONPATH": str(ROOT / "functions"), "FUNCTION_TARGET": target}
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], environment)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"{code!r} failed for {target or 'no target'}.")
    return usage.ru_utime + usage.ru_stime
