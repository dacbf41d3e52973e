"""Where the process runs, and what it may trust there."""

import pytest

from app.kit import environment


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment as in the cloud."""
    for name in (*environment.STAND_INS, "FUNCTIONS_EMULATOR", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", environment.STAND_INS)
def test_a_deployed_process_refuses_to_start_with_a_stand_in(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "127.0.0.1:1")

    with pytest.raises(RuntimeError, match=name):
        environment.refuse_stand_ins()

    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    environment.refuse_stand_ins()


def test_app_check_can_be_left_out_in_the_emulator_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_CHECK_ENFORCED", "false")
    assert environment.app_check_enforced()

    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    assert not environment.app_check_enforced()


def test_the_project_is_named_by_the_platform_or_by_firebase(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GCLOUD_PROJECT", "by-firebase")
    assert environment.project() == "by-firebase"

    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "by-the-platform")
    assert environment.project() == "by-the-platform"


def test_no_origin_is_allowed_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOWED_ORIGINS", raising=False)
    assert environment.allowed_origins() == frozenset()

    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example.org,https://b.example.org")
    assert environment.allowed_origins() == {"https://a.example.org", "https://b.example.org"}
