"""What a cold start pays for: the SDKs that `main` loads for each target, and no others."""

import ast
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROBE = """
import importlib, json, os, sys
import functions_framework, firebase_admin, firebase_functions.https_fn  # what every target loads

def loaded():
    return [sdk for sdk in sdks if any(
        name == sdk or name.startswith((sdk + ".", sdk + "_v")) for name in sys.modules
    )]

groups, sdks = json.load(sys.stdin)
found = {"": loaded()}
for granted, targets in groups:
    read, write = os.pipe()
    if os.fork() == 0:
        for sdk in granted:
            importlib.import_module(sdk)
        for target in targets:
            os.environ["FUNCTION_TARGET"] = target
            import main
            getattr(main, target)
            found[target] = loaded()
            firebase_admin.delete_app(firebase_admin.get_app())
            del sys.modules["main"]
        os.write(write, json.dumps(found).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        found |= json.load(answer)
    os.wait()
print(json.dumps(found))
"""
"""Loads `main` anew for each target. What a group of targets may load is loaded before, once, and
what one target loads is seen under the next ones as well: nothing that is loaded goes unseen."""

FIRESTORE, KMS, MODEL = "google.cloud.firestore", "google.cloud.kms_v1", "google.genai"
SDKS = (FIRESTORE, KMS, MODEL, "google.cloud.storage", "stripe", "typst", "opentelemetry.sdk")
"""What is not loaded unless it is granted. First calls load those of Stripe and KMS."""

GRANTED: dict[str, dict[str, str]] = {
    FIRESTORE: {
        "accounts_": "reads and writes accounts",
        "assessments_": "reads and writes assessments",
        "plans_": "reads and writes plans",
        "breaches_": "reads and writes breaches",
        "connect": "reads and writes payees and earnings",
        "consents_": "reads and writes consents",
        "credentials_": "reads and writes links and locks",
        "customers_": "reads and writes who is which customer at Stripe",
        "disclosures_": "reads what consents cover",
        "donations_": "reads and writes gifts",
        "emergencies_": "reads and writes emergencies",
        "payments": "reads and writes payments",
        "ledger": "reads and writes the ledger",
        "audit": "reads and writes the audit log",
        "mail": "reads and writes the outbox",
        "retention": "deletes what is past its time; reads and writes legal holds",
        "privacy": "reads whatever is about a person",
        "keys": "reads and writes key documents",
        "profiles_": "reads and writes profiles",
        "onboarding_": "reads and writes answers and steps",
        "receipts": "reads and writes receipts and statements",
        "subscriptions_": "reads and writes memberships and entitlements",
    },
    MODEL: {
        "assessments_on_submitted": "the model writes the analysis",
        "assessments_sweep_stuck": "the model writes the analysis",
        "plans_on_requested": "the model writes the plan",
        "plans_sweep_stuck": "the model writes the plan",
    },
    "typst": {
        "receiptsSendTask": "makes the file that goes with a mail",
        "receipts_get_pdf": "makes the file",
        "receipts_get_statement": "makes the file",
    },
}
"""Of each SDK, how the names of the functions begin that load it, and why."""

LIGHT = {
    "assessments_get_questionnaire": "the questions are part of the code",
    "catalog_list": "the catalogue is part of the code",
    "subscriptions_list_plans": "the plans are part of the code",
}
"""Functions that load none of them."""


@pytest.fixture(scope="module")
def targets() -> list[str]:
    """The names in `main.FUNCTIONS`, read without running `main`."""
    for node in ast.parse((ROOT / "functions/main.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FUNCTIONS":
            return list(ast.literal_eval(node.value))
    raise AssertionError("main has no FUNCTIONS")


def granted(target: str) -> list[str]:
    """Return what `target` may load."""
    if target in LIGHT:
        return []
    return [sdk for sdk, names in GRANTED.items() if target.startswith(tuple(names))]


def test_no_target_loads_an_sdk_that_it_is_not_granted(targets: list[str]) -> None:
    by_grant = sorted(targets, key=granted)
    groups = [(sdks, list(group)) for sdks, group in itertools.groupby(by_grant, granted)]
    run = subprocess.run(  # noqa: S603  # our own interpreter and text
        [sys.executable, "-c", PROBE],
        input=json.dumps([groups, SDKS]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": "functions"},
    )
    found = json.loads(run.stdout)

    assert found.pop("") == []
    assert found.keys() == set(targets)
    excess = {target: set(sdks) - set(granted(target)) for target, sdks in found.items()}
    assert {target: sdks for target, sdks in excess.items() if sdks} == {}


def test_no_grant_is_for_nobody(targets: list[str]) -> None:
    named = {name for names in (*GRANTED.values(), LIGHT) for name in names}

    assert {name for name in named if not any(t.startswith(name) for t in targets)} == set()
