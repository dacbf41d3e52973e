"""Runs mutants of the rules against the tables, and reports which the tables notice."""

import re
from collections.abc import Iterator

from tests.emulator.rules import emulators, matrix, storage_matrix
from tools.mutate_rules import Mutant, mutants, table

FILES = (*emulators.DATABASES, "storage.rules")
REPORT = emulators.ROOT / "docs/rules-mutation.md"
BROKEN = "does not compile"
SURVIVED = "**nothing**"

_ARGUMENT = re.compile(r"^\* `([0-9a-f]{8})` (\S.*)$", re.MULTILINE)
_HEAD = """# Mutants of the security rules

Each is a rules file with one mistake, run against the table of who may do what
(`tests/emulator/rules`). `make test-nightly` rewrites this page; only the arguments are by hand.
`make test` runs a sample, and fails when this page is not of the rules as they are.

{noticed} mutants are noticed, {survived} are not; {broken} do not compile and do not count.

## Not noticed, and why that is no hole

{arguments}

{table}"""


def all_mutants() -> list[Mutant]:
    """Return the mutants of all files."""
    return [m for file in FILES for m in mutants(file, (emulators.ROOT / file).read_text())]


def arguments() -> dict[str, str]:
    """Return why a mutant that survives is no hole, by its id, as the report says."""
    return dict(_ARGUMENT.findall(REPORT.read_text())) if REPORT.exists() else {}


def fate(mutant: Mutant) -> str:
    """Return what notices a mutant, or `SURVIVED` or `BROKEN`."""
    try:
        emulators.load(mutant.file, mutant.text)
    except emulators.BrokenRulesError:
        return BROKEN
    try:
        return next(_noticed_by(mutant.file), SURVIVED)
    finally:
        emulators.load(mutant.file)


def _noticed_by(file: str) -> Iterator[str]:
    if file == "storage.rules":
        storage_matrix.seed(emulators.storage_url())
        for person in matrix.PEOPLE:
            yield from storage_matrix.disagreements(emulators.storage_url(), person)
        return
    host = emulators.firestore_host()
    matrix.seed(host)
    for database, person, collection in matrix.rows():
        if database.endswith(f"/{emulators.DATABASES[file]}"):
            yield from matrix.disagreements(host, database, person, collection)


def report(fates: list[tuple[Mutant, str]]) -> str:
    """Return the report of a full run, with the arguments that still apply."""
    survivors = [mutant for mutant, outcome in fates if outcome == SURVIVED]
    broken = sum(outcome == BROKEN for _, outcome in fates)
    known = arguments()
    argued = [f"* `{mutant.id}` {known.get(mutant.id, '')}".rstrip() for mutant in survivors]
    return _HEAD.format(
        noticed=len(fates) - len(survivors) - broken,
        survived=len(survivors),
        broken=broken,
        arguments="\n".join(argued) or "None.",
        table=table(fates),
    )
