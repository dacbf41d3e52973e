"""The seeded data of `make dev`: it opens with the development keys beside it."""

import json
import subprocess
import sys

from tools.suite import ROOT

DATA = ROOT / "emulator-data"
OPEN_ONE = """
from google.cloud.firestore import Client
from app.platform.records.vault import Owner, Record, open_now

for found in Client().collection("assessment_records").stream():
    fields = found.to_dict()
    record = Record(fields["uid"], found.reference.path)
    print(open_now(record, fields["sealed"], by=Owner(fields["uid"])))
"""


def test_a_seeded_record_opens() -> None:
    command = f"python -m tools.seed restore && PYTHONPATH=functions python -c '{OPEN_ONE}'"
    emulators = [sys.executable, "-m", "tools.emulators", "exec", "--only", "auth,firestore"]
    options = ["--keys", DATA / "development-keys.json", "--import", DATA / "firebase"]
    run = subprocess.run(  # noqa: S603  # our own tool
        [*emulators, *options, "--", "bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert run.returncode == 0, run.stderr
    assert "Hold one-to-ones that people look forward to." in run.stdout


def test_the_key_says_that_it_is_no_secret() -> None:
    notice = json.loads((DATA / "development-keys.json").read_text())["notice"]

    assert notice == "no secret: development only"


def test_the_seed_is_small() -> None:
    assert sum(file.stat().st_size for file in DATA.rglob("*") if file.is_file()) < 100_000
