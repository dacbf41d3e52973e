"""What a measurement is, and how a run is reported."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

REPORT = Path(__file__).parent / "report.md"


@dataclass(frozen=True)
class Measurement:
    """One number of one goal.

    Attributes:
        goal: the goal's number, such as `P4`.
        what: what was measured, with what it was compared.
        value: the median of all rounds.
        spread: the least and the greatest round.
        limit: None where the number is only told; otherwise what the value is held against.
        at_least: whether the limit is a lower one.
        unit: `x` for a ratio, or a unit of time.
    """

    goal: str
    what: str
    value: float
    spread: tuple[float, float]
    limit: float | None
    at_least: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the goal is met; true where there is none."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> tuple[str, ...]:
        """Return the cells of the report."""
        sign = "at least" if self.at_least else "at most"
        low, high = self.spread
        return (
            self.goal,
            self.what,
            f"{self.value:.2f} {self.unit}",
            f"{low:.2f} - {high:.2f}",
            "" if self.limit is None else f"{sign} {self.limit:g} {self.unit}",
            "" if self.limit is None else ("met" if self.met else "**missed**"),
        )


def over_rounds(  # noqa: PLR0913  # the parts of a measurement
    goal: str,
    what: str,
    rounds: Sequence[float],
    *,
    limit: float | None = None,
    at_least: bool = False,
    unit: str = "x",
) -> Measurement:
    """Return the median of the numbers that rounds gave."""
    spread = (min(rounds), max(rounds))
    return Measurement(goal, what, statistics.median(rounds), spread, limit, at_least, unit)


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile (nearest rank) of `values`."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def report(measurements: Sequence[Measurement], load_before: float) -> str:
    """Return the report of a run, in Markdown."""
    header = ("goal", "measured", "median", "rounds", "limit", "")
    rows = [header, ("---",) * len(header), *(m.row() for m in measurements)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"""# Performance, measured

Written by `make bench`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, on {os.cpu_count()} cores, Python
{platform.python_version()}, {platform.system()}; load average {load_before:.1f} before the run and
{os.getloadavg()[0]:.1f} at its end, its own work included. What the goals mean, and why, is in
`docs/performance.md`.

{table}
"""


def told(name: str, measure: Callable[[], list[Measurement]]) -> list[Measurement]:
    """Return what `measure` returns, and show it as it comes."""
    print(f"{name} ...", flush=True)
    found = measure()
    for measurement in found:
        print("   ", " | ".join(cell for cell in measurement.row() if cell), flush=True)
    return found
