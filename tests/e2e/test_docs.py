"""The pages of docs/ tell what the code is now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_generated_pages_are_up_to_date() -> None:
    check = [sys.executable, "-m", "tools.docs", "--check"]
    run = subprocess.run(check, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603  # our own tool

    assert run.returncode == 0, f"{run.stdout}{run.stderr}Run `make docs`."


def test_the_readme_shows_the_table_of_its_decision() -> None:
    decision = ROOT / "docs/decisions/0001-decided-against-what-was-asked.md"
    table = [line for line in decision.read_text().splitlines() if line.startswith("|")]

    assert len(table) > 10
    assert "\n".join(table) in (ROOT / "README.md").read_text()
