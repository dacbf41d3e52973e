"""`python -m sandbox`: one process, one file that says where everything is, one clean end."""

import json
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.patience import SOON_SECONDS, until

ROOT = Path(__file__).parents[2]


def content(file: Path) -> Any:
    return json.loads(file.read_text()) if file.exists() else None


@dataclass
class Sandbox:
    """A sandbox in a process of its own, started by a thread that can be made to end."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    parent_ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        files = ["--ports-file", f"{self.folder}/ports.json", "--keys", f"{self.folder}/keys.json"]
        run = [sys.executable, "-m", "sandbox", *files]
        self.process = subprocess.Popen(run, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
        self.parent_ends.wait()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    threading.Thread(target=running.run, daemon=True).start()
    process = until(lambda: running.process)
    yield running
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def environment(sandbox: Sandbox) -> Any:
    return until(lambda: content(sandbox.folder / "ports.json"))


@pytest.fixture
def url(environment: dict[str, str]) -> str:
    for standin in ("kms", "model", "smtp", "stripe"):
        requests.post(
            f"{environment['SANDBOX_URL']}/{standin}/reset", timeout=SOON_SECONDS
        ).raise_for_status()
    return environment["SANDBOX_URL"]


def test_the_file_says_where_everything_is(environment: dict[str, str], sandbox: Sandbox) -> None:
    assert environment.keys() >= {
        *("KMS_EMULATOR_HOST", "KMS_KEY", "MODEL_API_BASE", "SMTP_URL", "SANDBOX_URL"),
        *("STRIPE_API_BASE", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS"),
    }
    assert len(set(environment.values())) == len(environment)
    assert content(sandbox.folder / "keys.json")["notice"] == "no secret: development only"


@pytest.mark.parametrize(
    ("standin", "fault"),
    [
        ("kms", {"code": "UNAVAILABLE"}),
        ("model", {"status": 503}),
        ("smtp", {"reject": "451 4.3.0 Later"}),
    ],
)
def test_faults_are_set_shown_and_reset_over_http(
    url: str, standin: str, fault: dict[str, Any]
) -> None:
    injected = requests.post(f"{url}/{standin}/faults", json=[fault, fault], timeout=SOON_SECONDS)

    assert injected.json() == {"injected": 2}
    assert requests.get(f"{url}/{standin}/status", timeout=SOON_SECONDS).json()["faults"] == [
        fault,
        fault,
    ]
    requests.post(f"{url}/{standin}/reset", timeout=SOON_SECONDS).raise_for_status()
    assert requests.get(f"{url}/{standin}/status", timeout=SOON_SECONDS).json()["faults"] == []


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        pytest.param("kms/faults", "{", 400, "not JSON", id="half a document"),
        pytest.param("kms/faults", "3", 400, "Fault 1 is not an object", id="a number"),
        pytest.param("kms/faults", '[{"code":"UNAVAILABLE"},3]', 400, "Fault 2", id="a later one"),
        pytest.param("kms/faults", '{"colour":"red"}', 400, "colour", id="an unknown field"),
        pytest.param("stripe/faults", '{"colour":"red"}', 400, "colour", id="also for Stripe"),
        pytest.param("fax/faults", "{}", 404, "no fax", id="an unknown stand-in"),
        pytest.param("kms/messages", "{}", 404, "nothing", id="an unknown path"),
    ],
)
def test_a_bad_request_is_refused_with_its_reason(
    url: str, path: str, body: str, status: int, reason: str
) -> None:
    reply = requests.post(f"{url}/{path}", data=body, timeout=SOON_SECONDS)

    assert reply.status_code == status
    assert reason in reply.json()["error"]["message"]
    assert requests.get(f"{url}/kms/status", timeout=SOON_SECONDS).json()["faults"] == []


def test_what_was_sent_is_shown(url: str, environment: dict[str, str]) -> None:
    host, port = environment["SMTP_URL"].removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), timeout=SOON_SECONDS) as client:
        client.sendmail("a@b.test", ["c@d.test"], "Subject: <b>Hello</b>\r\n\r\nText")

    (message,) = requests.get(f"{url}/smtp/messages", timeout=SOON_SECONDS).json()
    assert (message["subject"], message["text"]) == ("<b>Hello</b>", "Text\n")
    assert requests.get(f"{url}/smtp/calls", timeout=SOON_SECONDS).json() == [message]
    page = requests.get(url, timeout=SOON_SECONDS)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page.text
    assert "<b>" not in page.text
    assert f'<a href="{environment["STRIPE_API_BASE"]}">' in page.text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_it_ends_cleanly_when_its_parent_dies(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    """The kernel sends the signal when the thread ends that was the parent; it is a SIGTERM."""
    assert sandbox.process
    sandbox.parent_ends.set()

    assert sandbox.process.wait(timeout=SOON_SECONDS) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(environment["SANDBOX_URL"], timeout=SOON_SECONDS)
