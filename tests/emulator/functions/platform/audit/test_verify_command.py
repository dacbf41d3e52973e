"""The command with which an auditor verifies the log, on a log that is whole and on others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.cloud.firestore import Client

from tests.support.tokens import PROJECT

ROOT = Path(__file__).parents[5]


def verify(**environment):
    """Run the command as `make verify-audit` does; return its exit code and its lines."""
    run = subprocess.run(  # our own program
        [sys.executable, "-m", "tools.verify_audit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode, run.stdout.splitlines()


@pytest.fixture
def sealed(log):
    """A log of two rounds, so long that some of its eight chains has three entries."""
    for _ in range(2):
        log.write(10)
        log.seal()
    return log


def test_a_whole_log_passes(sealed):
    assert verify() == (0, ["20 entries, 20 of them sealed, 2 anchors: no findings."])


def test_what_was_done_to_the_database_is_told_line_by_line(sealed):
    from app.platform.audit.models import shard_of

    database = Client(project=PROJECT)
    by_place = {(f["shard"], f["sequence"]): one for one, f in sealed.entries().items()}
    shard = max(sealed.heads(), key=lambda number: sealed.heads()[number])  # has three or more
    edited, removed = by_place[shard, 0], by_place[shard, 1]
    filled = shard_of("inserted")  # where the copy could stand in for what is cut off
    other, size = next(item for item in sealed.heads().items() if item[0] not in {shard, filled})
    cut = by_place[other, size - 1]
    database.document(f"audit_entries/{edited}").update({"outcome": "refused"})
    database.document(f"audit_entries/{removed}").delete()
    database.document(f"audit_entries/{cut}").delete()
    database.document("audit_entries/inserted").set(
        database.document(f"audit_entries/{edited}").get().to_dict()
    )

    code, lines = verify()

    assert code == 1
    *findings, total = lines
    expected = {
        f"edited in chain {shard} at 0: {edited}",
        f"removed in chain {shard} at 1",
        f"truncated in chain {other} at {size - 1}",
    }
    assert expected <= set(findings)
    assert any("inserted" in line.partition(": ")[2] for line in findings)
    assert total.startswith("19 entries, 20 of them sealed, 2 anchors: ")


def test_a_log_written_anew_is_told_though_its_chains_agree(sealed):
    from app.platform.audit.models import ChainHead
    from app.platform.audit.policy import chains

    database = Client(project=PROJECT)
    heads = {}
    for one, fields in sorted(sealed.entries().items(), key=lambda item: item[1]["sequence"]):
        head = heads.get(fields["shard"], ChainHead(shard=fields["shard"]))
        changed = {**fields, "subject": "nobody"}
        heads[head.shard], place = chains.add(head, one, changed)
        database.document(f"audit_entries/{one}").set(changed | place.model_dump(by_alias=True))
    for shard, head in heads.items():
        database.document(f"audit_heads/{shard}").set(head.model_dump(by_alias=True))

    code, lines = verify()

    assert code == 1
    assert {line.split()[0] for line in lines[:-1]} == {"rewritten"}
    assert len(lines) - 1 == len(heads)


def test_anchors_that_another_key_signed_do_not_count(sealed):
    other = os.environ["AUDIT_SIGNING_KEY"].replace("/audit/", "/ledger/")

    code, lines = verify(AUDIT_SIGNING_KEY=other)

    assert code == 1
    assert [line.partition(":")[0] for line in lines[:-1]] == ["forged anchor"] * 2
