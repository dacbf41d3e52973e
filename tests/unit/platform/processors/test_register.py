"""The register of processors, and who may get health data."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.platform.model import gateway
from app.platform.processors.register import HEALTH, PROCESSORS, may_get_health_data

PAGE = Path(__file__).parents[4] / "docs/consents.md"
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a deployed function."""
    monkeypatch.delenv("FUNCTIONS_EMULATOR", raising=False)
    monkeypatch.delenv("PROCESSOR_AGREEMENTS", raising=False)


def test_without_an_agreement_nobody_gets_health_data() -> None:
    assert not any(may_get_health_data(processor) for processor in PROCESSORS)


def test_with_one_that_is_in_force_it_does_and_no_other_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROCESSOR_AGREEMENTS", f"vertex_ai={TODAY}")

    assert [name for name in PROCESSORS if may_get_health_data(name)] == ["vertex_ai"]


def test_an_agreement_that_is_still_to_come_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROCESSOR_AGREEMENTS", f"vertex_ai={TODAY + timedelta(days=2)}")

    assert not may_get_health_data("vertex_ai")


def test_who_is_registered_for_no_health_data_never_gets_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROCESSOR_AGREEMENTS", f"stripe={TODAY}, mail={TODAY}")

    assert not may_get_health_data("stripe")
    assert not may_get_health_data("mail")


@pytest.mark.parametrize("setting", ["vertex=2027-01-01", "vertex_ai", "vertex_ai=soon"])
def test_a_setting_that_cannot_be_stops_it(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("PROCESSOR_AGREEMENTS", setting)

    with pytest.raises(ValueError, match=r"."):
        may_get_health_data("vertex_ai")


def test_stand_ins_count_as_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")

    assert may_get_health_data("vertex_ai")


def test_whoever_gets_health_data_needs_an_agreement_and_the_model_is_registered() -> None:
    assert all(bool(row.categories & HEALTH) == bool(row.agreement) for row in PROCESSORS.values())
    assert gateway.PROCESSOR in PROCESSORS


def test_the_page_for_the_privacy_officer_has_a_row_for_each() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    for row in PROCESSORS.values():
        (line,) = [line for line in rows if line.startswith(f"| `{row.id}` |")]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        categories = ", ".join(sorted(row.categories)) if len(row.categories) < 6 else "all"
        assert cells[1:4] == [row.name, row.purpose, categories]
        assert cells[4] == ("required" if row.agreement else "none: no health data")
