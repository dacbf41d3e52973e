"""The tool that runs the emulators: what a command finds, and that nothing is left afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from google.cloud import firestore

from tests.support.patience import SOON_SECONDS
from tools.java import ROOT, STORAGE_RULES_JAR
from tools.storage_rules import build

PROJECT = "demo-evergrow"
IN_PROCESS = "auth,firestore,storage"
OUTER = "of-a-run-around-this-one"
WAIT_SECONDS = 120
OWNER = {"Authorization": "Bearer owner"}  # passes every rule

SAVE_ENVIRONMENT_AND_WAIT = """
import json, os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / "draft").write_text(json.dumps(dict(os.environ)))
(folder / "draft").rename(folder / "environment.json")
try:
    while not (folder / "end").exists():
        time.sleep(0.02)
except KeyboardInterrupt:
    (folder / "interrupted").touch()
sys.exit(3)
"""
CALL_A_FUNCTION = """
import os, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(os.environ["FUNCTIONS_BASE_URL"] + "/catalog_list").read()
except urllib.error.HTTPError as error:
    sys.exit(str(error.read()))
sys.exit(3)
"""


class Run:
    """One run of the tool, whose processes all inherit a mark."""

    def __init__(self, folder: Path, *arguments: str, command: str = SAVE_ENVIRONMENT_AND_WAIT):
        self.folder = folder
        self._mark = f"TEST_RUN={uuid.uuid4().hex}"
        name, value = self._mark.split("=")
        client = [sys.executable, "-c", command, str(folder)]
        with (folder / "errors").open("w") as errors:
            self.process = subprocess.Popen(  # noqa: S603  # our own tool
                [sys.executable, "-m", "tools.emulators", "exec", *arguments, "--", *client],
                cwd=ROOT,
                env={**os.environ, name: value},
                stderr=errors,
            )
        self.config = ROOT / f"firebase.{self.process.pid}.json"

    def processes(self) -> list[str]:
        """Returns the command lines of the run's processes."""
        commands = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes():
                    commands.append((folder / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
        return commands

    def left_behind(self) -> list[str]:
        """Returns processes, and the configuration file if it is still there."""
        return [*self.processes(), *map(str, ROOT.glob(self.config.name))]

    def environment(self) -> dict[str, str]:
        file = self.folder / "environment.json"
        self.wait_until(file.exists)
        return json.loads(file.read_text())

    def errors(self) -> str:
        return (self.folder / "errors").read_text()

    def finish(self) -> int:
        (self.folder / "end").touch()
        return self.process.wait(WAIT_SECONDS)

    def wait_until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not true():
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture(scope="module")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CLOUD_TASKS_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "FUNCTIONS_BASE_URL"):
            patch.setenv(name, OUTER)
        run = Run(tmp_path_factory.mktemp("shared"), "--only", IN_PROCESS)
    yield run.environment()
    assert run.finish() == 3
    assert run.left_behind() == []


@pytest.mark.parametrize("database", ["(default)", "keys"])
def test_backend_uses_both_databases(emulators, monkeypatch, database):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators["FIRESTORE_EMULATOR_HOST"])
    document = firestore.Client(project=PROJECT, database=database).document("any/thing")
    document.set({"database": database})
    assert document.get().to_dict() == {"database": database}


@pytest.mark.parametrize("database", ["(default)", "keys"])
def test_rules_guard_both_databases(emulators, database):
    url = (
        f"http://{emulators['FIRESTORE_EMULATOR_HOST']}/v1/projects/{PROJECT}"
        f"/databases/{database}/documents/no_such_collection/thing"
    )
    assert requests.get(url, timeout=SOON_SECONDS).status_code == 403
    assert requests.get(url, headers=OWNER, timeout=SOON_SECONDS).status_code == 404


def test_storage_rules_are_evaluated_with_documents(emulators, monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators["FIRESTORE_EMULATOR_HOST"])
    client = firestore.Client(project=PROJECT)
    client.document("doors/open").set({"open": True, "keys": [1, 2]})
    client.document("doors/closed").set({"open": False, "keys": []})
    storage = emulators["STORAGE_EMULATOR_HOST"]
    rules = """
        rules_version = '2';
        service firebase.storage {
          match /b/{bucket}/o/{door}/{file} {
            function at(name) {
              return firestore.get(/databases/(default)/documents/doors/$(name)).data;
            }
            allow create: if request.resource.size < 4
              && firestore.exists(/databases/(default)/documents/doors/$(door))
              && at(door).open == true && at(door).keys.size() == 2;
          }
        }
    """
    before = {"files": [{"name": "storage.rules", "content": (ROOT / "storage.rules").read_text()}]}
    for_test = {"files": [{"name": "storage.rules", "content": rules}]}

    def set_rules(body):
        answer = requests.put(
            f"{storage}/internal/setRules", json={"rules": body}, timeout=SOON_SECONDS
        )
        assert answer.ok, answer.text

    def upload(name, content):
        url = f"{storage}/v0/b/{PROJECT}.appspot.com/o"
        return requests.post(
            url, params={"name": name}, data=content, timeout=SOON_SECONDS
        ).status_code

    set_rules(for_test)
    try:
        assert upload("open/a", b"123") == 200
        assert upload("open/b", b"1234") == 403
        assert upload("closed/a", b"123") == 403
        assert upload("missing/a", b"123") == 403
    finally:
        set_rules(before)
    assert upload("open/c", b"123") == 403


def test_run_inside_a_run_sees_only_its_own_emulators(emulators):
    assert OUTER not in emulators.values()
    assert emulators["FIRESTORE_EMULATOR_HOST"] != os.environ.get("FIRESTORE_EMULATOR_HOST")


def test_command_finds_the_sandbox(emulators):
    assert {"KMS_EMULATOR_HOST", "MODEL_API_BASE", "SMTP_URL"} <= emulators.keys()
    assert requests.get(emulators["SANDBOX_URL"], timeout=SOON_SECONDS).status_code < 500


def test_failed_command_gives_its_exit_code_and_leaves_no_worker(tmp_path):
    run = Run(tmp_path, command=CALL_A_FUNCTION)
    run.wait_until(lambda: any("functions-framework" in each for each in run.processes()))
    assert run.process.wait(WAIT_SECONDS) == 3
    assert run.left_behind() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_start_leaves_nothing(tmp_path, signum):
    run = Run(tmp_path)
    run.wait_until(lambda: any("firestore" in each for each in run.processes()))
    run.process.send_signal(signum)
    assert run.process.wait(WAIT_SECONDS) == 128 + signum
    assert run.left_behind() == []
    assert not (tmp_path / "environment.json").exists()


def test_interrupted_command_is_told_and_leaves_nothing(tmp_path):
    run = Run(tmp_path, "--only", "firestore")
    run.environment()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(WAIT_SECONDS) == 128 + signal.SIGINT
    assert run.left_behind() == []
    assert (tmp_path / "interrupted").exists()


def test_killed_tool_leaves_no_process(tmp_path):
    run = Run(tmp_path, "--only", "firestore")
    run.environment()
    run.process.kill()
    run.process.wait()
    run.config.unlink()  # nobody was left to delete it
    deadline = time.monotonic() + WAIT_SECONDS
    while run.left_behind() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert run.left_behind() == []


def test_failed_start_shows_why(tmp_path):
    run = Run(tmp_path, "--only", "firestore", "--import", str(tmp_path / "missing"))
    assert run.process.wait(WAIT_SECONDS) == 1
    assert "does not exist" in run.errors()
    assert run.left_behind() == []


def test_exported_data_comes_back(tmp_path, monkeypatch):
    export = str(tmp_path / "export")
    for name, option in (("first", "--export-on-exit"), ("second", "--import")):
        folder = tmp_path / name
        folder.mkdir()
        run = Run(folder, "--only", "firestore", option, export)
        host = run.environment()["FIRESTORE_EMULATOR_HOST"]
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
        document = firestore.Client(project=PROJECT).document("kept/thing")
        if name == "first":
            document.set({"is": "here"})
        else:
            assert document.get().to_dict() == {"is": "here"}
        assert run.finish() == 3


def test_rules_evaluator_was_built_from_its_sources():
    with zipfile.ZipFile(STORAGE_RULES_JAR) as jar:
        manifest = jar.read("META-INF/MANIFEST.MF").decode().replace("\r\n ", "")
    assert f"{build.DIGEST_NAME}: {build.source_digest()}\r\n" in manifest
