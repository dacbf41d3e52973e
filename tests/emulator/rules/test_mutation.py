"""The tables notice every mistake in the rules: a sample here, all of them nightly.

`NIGHTLY=1` runs all mutants and rewrites docs/rules-mutation.md, which is to be committed.
"""

import os
import random
import re

from tests.emulator.rules import emulators, mutation
from tools.mutate_rules import mutants

NIGHTLY = bool(os.environ.get("NIGHTLY"))
SEED = 360
SAMPLE = 15


def chosen():
    everything = mutation.all_mutants()
    if NIGHTLY:
        return everything
    return random.Random(SEED).sample(everything, SAMPLE)  # noqa: S311  # a sample, no secret


def test_mutants_are_noticed_or_argued():
    for file in mutation.FILES:
        emulators.load(file)

    fates = [(mutant, mutation.fate(mutant)) for mutant in chosen()]
    if NIGHTLY:
        mutation.REPORT.write_text(mutation.report(fates))

    survivors = {mutant.id for mutant, fate in fates if fate == mutation.SURVIVED}
    assert sum(fate != mutation.BROKEN for _, fate in fates) > len(fates) / 2
    assert survivors <= set(mutation.arguments())


def test_the_report_is_of_these_rules():
    reported = re.findall(r"^\| `([0-9a-f]{8})` \|", mutation.REPORT.read_text(), re.MULTILINE)

    assert reported == [mutant.id for mutant in mutation.all_mutants()]


def test_conditions_lose_operands_and_change_operators():
    rules = """
    service cloud.firestore {
      match /databases/{database}/documents {
        match /notes/{note} {
          allow get: if a == '&&' && (b || c) && d < 2; // e && f
        }
      }
    }
    """

    changes = [mutant.change for mutant in mutants("sample.rules", rules)]

    whole = "a == '&&' && (b || c) && d < 2"
    assert f"{whole} -> (b || c) && d < 2" in changes
    assert f"{whole} -> a == '&&' && d < 2" in changes
    assert f"{whole} -> a == '&&' && (b || c)" in changes
    assert [changes.count(change) for change in ("&& -> ||", "|| -> &&", "== -> !=")] == [2, 1, 1]
