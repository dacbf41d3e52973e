"""Which service the gateway talks to, and what its users load."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.kit.model import Message
from app.platform.model import gateway
from app.platform.model.models import FaultReason, ModelFaultError

FUNCTIONS = Path(gateway.__file__).parents[3]


class Answer(Message):
    """Any schema."""

    text: str


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a deployed function."""
    for name in ("FUNCTIONS_EMULATOR", *gateway.DEVELOPER_API_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-evergrow")


def test_in_the_cloud_it_is_vertex_ai_without_a_key() -> None:
    client = gateway.connect()

    assert client.vertexai
    assert client._api_client.api_key is None  # noqa: SLF001  # the SDK shows it nowhere else
    assert client._api_client.location == gateway.LOCATION  # noqa: SLF001  # as above


@pytest.mark.parametrize("variable", gateway.DEVELOPER_API_VARIABLES)
def test_in_the_cloud_the_developer_api_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")

    with pytest.raises(RuntimeError, match=variable):
        gateway.generate(Answer, instruction="", content="", deadline_seconds=1)


def test_under_the_emulator_it_never_falls_back_on_the_cloud(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")

    with pytest.raises(RuntimeError, match="MODEL_API_BASE"):
        gateway.generate(Answer, instruction="", content="", deadline_seconds=1)


def test_a_fault_says_where_it_came_from() -> None:
    fault = ModelFaultError(FaultReason.UNAVAILABLE, "ClientError 403")

    assert str(fault) == "unavailable (ClientError 403)"
    assert str(ModelFaultError(FaultReason.EMPTY)) == "empty"


def test_the_rest_of_the_package_loads_no_sdk() -> None:
    """Functions that only screen or redact do not pay for the SDK at each cold start."""
    code = (
        "import sys; from app.platform.model import crisis, models, redaction\n"
        "print([m for m in sys.modules if m.startswith(('google.genai', 'google.auth', 'httpx'))])"
    )
    loaded = subprocess.run(  # noqa: S603  # our own interpreter and a constant
        [sys.executable, "-c", code], cwd=FUNCTIONS, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"


def test_without_an_agreement_with_its_operator_the_model_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PROCESSOR_AGREEMENTS", raising=False)
    monkeypatch.setattr(gateway._Model, "ask", lambda *_: pytest.fail("was asked"))  # noqa: SLF001  # what would leave the process

    with pytest.raises(ModelFaultError) as refusal:
        gateway.generate(Answer, instruction="", content="", deadline_seconds=1)

    assert refusal.value.reason is FaultReason.NO_AGREEMENT
