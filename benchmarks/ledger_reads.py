"""P12 and P13: what it costs to read a ledger of 1,000 and of 100,000 entries."""

import contextlib
import statistics
from itertools import product

from benchmarks.filling import filled
from benchmarks.goals import Measurement, over_rounds
from benchmarks.servers import MAIN, Server, serving

SMALL, LARGE = 1_000, 100_000
PAGE_LIMIT = 1.5
PAGES = {"newest page": "", "oldest page": "cursor=20"}
"""What is read, and with which query."""
SCANNED = {"oldest page of a fund": "category=FOOD&cursor=60"}
"""The same where the emulator, which has no index, looks at every entry: told, held to nothing."""
SCANS = 20
"""How many times fewer calls of these are made."""
MEMORY_LIMIT = 1.1
FORMAT = "csv"


def pages(rounds: int, calls: int, large: int = LARGE) -> list[Measurement]:
    """P12: the p50 of `ledger_page` on a large ledger against that on a small one, in turns."""
    servers = {SMALL: _reading("ledger_page", SMALL), large: _reading("ledger_page", large)}
    with servers[SMALL] as few, servers[large] as many:
        found = []
        for page, query in (PAGES | SCANNED).items():
            limit = PAGE_LIMIT if page in PAGES else None
            number = calls if page in PAGES else max(1, calls // SCANS)
            taken = [_compared(few, many, query, number) for _ in range(rounds + 1)][1:]  # warm
            what = f"{page} of `ledger_page`"
            of_few, of_many = zip(*taken, strict=True)
            ratios = [m / f for f, m in taken]
            ratio = f"{what}, {large:,} / {SMALL:,} entries, p50"
            found += [
                over_rounds("P12", f"{what}, {SMALL:,} entries, p50", of_few, unit="ms"),
                over_rounds("P12", f"{what}, {large:,} entries, p50", of_many, unit="ms"),
                over_rounds("P12", ratio, ratios, limit=limit),
            ]
    return found


def _compared(few: Server, many: Server, query: str, calls: int) -> tuple[float, float]:
    """Return the p50 of reading from each server, in turns, in ms."""
    taken = [(few.get(query)[0], many.get(query)[0]) for _ in range(calls)]
    of_few, of_many = zip(*taken, strict=True)
    return 1000 * statistics.median(of_few), 1000 * statistics.median(of_many)


def exports(rounds: int, large: int = LARGE) -> list[Measurement]:
    """P13: the most memory that a server has while it exports a large ledger, or a tenth of it."""
    peaks: dict[int, list[float]] = {large // 10: [], large: []}
    rates = []
    for _, size in product(range(rounds), peaks):
        with _reading("ledger_export", large) as server:  # a new process for each
            seconds, _ = server.get(f"format={FORMAT}&size={size}")
            peaks[size].append(server.peak_bytes() / 2**20)
        rates += [size / seconds] if size == large else []
    part, whole = peaks.values()
    ratios = [w / p for p, w in zip(part, whole, strict=True)]
    what = f"export as {FORMAT}"
    return [
        over_rounds("P13", f"{what} of {large // 10:,} entries, peak memory", part, unit="MiB"),
        over_rounds("P13", f"{what} of {large:,} entries, peak memory", whole, unit="MiB"),
        over_rounds(
            "P13", f"{what}, ten times the entries, peak memory", ratios, limit=MEMORY_LIMIT
        ),
        over_rounds("P13", f"{what}, one client", rates, unit="entries/s"),
    ]


def _reading(target: str, entries: int) -> contextlib.AbstractContextManager[Server]:
    """Serve `target` on a ledger with this many entries."""
    project = filled(f"demo-benchmark-{entries}", entries)
    return serving(MAIN, target, {"GOOGLE_CLOUD_PROJECT": project})
