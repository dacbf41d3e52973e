"""Measures the performance goals, prints the report and writes it: `make bench`.

    python -m benchmarks [--quick] [--only P1,P4]

It needs the Firestore emulator, `tools.emulators exec -- python -m benchmarks`. With `--quick` or
`--only` nothing is written.
"""

import argparse
import ast
import os
from collections.abc import Callable

from google.cloud.firestore import Client

from benchmarks import cold, ledger_reads, records, sequencing, threads, warm, webhook
from benchmarks.goals import REPORT, Measurement, report, told
from benchmarks.servers import MAIN, PROJECT
from sandbox.kms.server import KmsStandIn


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="fewer rounds; writes nothing")
    parser.add_argument("--only", default="", metavar="P1,P4", help="these goals; writes nothing")
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    kms = KmsStandIn().start()
    _warm_up()
    found: list[Measurement] = []
    for goals, measure in _measures(kms, quick=options.quick).items():
        if not options.only or set(goals.split()) & set(options.only.split(",")):
            found += told(goals, measure)
    kms.stop()
    text = report(found, load_before)
    print(f"\n{text}")
    if not (options.quick or options.only):
        REPORT.write_text(text)


def _measures(kms: KmsStandIn, *, quick: bool) -> dict[str, Callable[[], list[Measurement]]]:
    """Return what measures which goals."""
    others = [] if quick else _functions()
    large = ledger_reads.LARGE // (10 if quick else 1)
    return {
        "P1": lambda: cold.measure(others, 3 if quick else 11),
        "P4": lambda: warm.near(kms, 3 if quick else 5, 40 if quick else 200),
        "P5": lambda: warm.verified(3 if quick else 5, 100 if quick else 400),
        "P3 P6": lambda: warm.far(kms, 1 if quick else 3, 5 if quick else 15),
        "P8": lambda: threads.measure(1 if quick else 3, 4),
        "P10": lambda: webhook.measure(3 if quick else 5, 40 if quick else 200),
        "P11": lambda: sequencing.measure(kms, 1 if quick else 3, 2, 5 if quick else 15),
        "P12": lambda: ledger_reads.pages(3 if quick else 5, 10 if quick else 60, large),
        "P13": lambda: ledger_reads.exports(1 if quick else 3, large),
        "P9": lambda: records.measure(kms, 3 if quick else 5, 40 if quick else 200),
    }


def _warm_up() -> None:
    """Write to the emulator, which is slower than the backend's patience while it is cold."""
    cold_ones = Client(project=PROJECT).collection("cold")
    for _ in range(20):
        cold_ones.add({})


def _functions() -> list[str]:
    """Return the names in `main.FUNCTIONS`, read without running `main`."""
    for node in ast.parse(MAIN.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FUNCTIONS":
            return list(ast.literal_eval(node.value))
    raise RuntimeError("main has no FUNCTIONS.")


if __name__ == "__main__":
    main()
