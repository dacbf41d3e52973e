"""The Firebase emulators and the sandbox, started and ended as one."""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tools.java import ROOT, java_environment
from tools.processes import Family

PROJECT = "demo-evergrow"
REGION = "us-central1"
EMULATORS = ("auth", "eventarc", "firestore", "functions", "hosting", "storage", "tasks")
_HOST = "127.0.0.1"
_FIREBASE = ROOT / "node_modules/firebase-tools/lib/bin/firebase.js"
_FIREBASE_SETTINGS = {
    "FUNCTIONS_EMULATOR": "true",  # discovery loads the backend before firebase-tools says so
    "FUNCTIONS_DISCOVERY_TIMEOUT": "180",  # seconds; parallel cold starts share two cores
    "NO_UPDATE_NOTIFIER": "1",
}
_PATCHES = ("lazy_validation.cjs", "own_ports.cjs")
_LOGS = ROOT / ".run"
_LOGS_KEPT_SECONDS = 24 * 60 * 60
_LOG_TAIL_LINES = 40
_SANDBOX_PORT = 4600  # with the following ones; firebase.json has the others
_START_SECONDS = 240.0
_EXPORT_SECONDS = 60.0
_FREE_PORTS = range(10_000, 32_000)  # below the range from which Linux serves outgoing connections
_SHARES = 64
_POLL_SECONDS = 0.05
_CLOUD_STORAGE = "https://storage.googleapis.com"
_READY = "All emulators ready!"
_BROKEN = "Failed to load function"  # firebase-tools calls itself ready all the same


class StartError(Exception):
    """The emulators or the sandbox did not start; the message shows why."""


@contextlib.contextmanager
def running(
    only: Sequence[str] = EMULATORS,
    *,
    fixed_ports: bool = False,
    keys: Path | None = None,
    import_from: Path | None = None,
    export_to: Path | None = None,
) -> Iterator[tuple[dict[str, str], Family]]:
    """Starts sandbox and emulators, and ends them with everything that they started.

    Yields the environment in which clients find them, and the family of processes in which a
    client started by `Family.start` ends with them.

    Raises:
        StartError: one of them did not start.
    """
    family = Family()
    logs = _new_log_folder()
    temporary = Path(tempfile.mkdtemp(prefix="emulators-"))
    config = ROOT / f"firebase.{os.getpid()}.json"
    try:
        settings = _settings(only, fixed_ports=fixed_ports)
        environment = {**_inherited(), **_client_environment(settings["emulators"], only)}
        with _progress("the sandbox"):
            environment |= _start_sandbox(
                family,
                environment,
                temporary / "sandbox.json",
                logs / "sandbox.log",
                _sandbox_options(environment, keys, fixed_ports=fixed_ports),
            )
        _allow_connections(settings, environment)
        config.write_text(json.dumps(settings))
        with _progress(", ".join(only)):
            firebase = _start_firebase(
                family,
                _firebase_command(config, only, import_from, export_to),
                # Else two runs find each other's hub, which is noted in the temporary folder.
                {**environment, "TMPDIR": str(temporary)},
                logs / "emulators.log",
            )
        yield environment, family
        if export_to:
            firebase.send_signal(signal.SIGINT)
            firebase.wait(_EXPORT_SECONDS)
    finally:
        family.end()
        config.unlink(missing_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)


def _settings(only: Sequence[str], *, fixed_ports: bool) -> dict[str, Any]:
    """Returns firebase.json with ports, and with the one database that the emulator understands.

    Given a list of databases the Firestore emulator loads no rules at all and allows everything.
    Given one it applies its rules to every database.
    """
    settings: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text())
    settings["firestore"] = {
        key: value for key, value in settings["firestore"][0].items() if key in {"rules", "indexes"}
    }
    if "functions" not in only:
        del settings["functions"]
    if not fixed_ports:
        ports = _free_ports()
        for emulator in settings["emulators"].values():
            if isinstance(emulator, dict):
                emulator |= {key: next(ports) for key in emulator if key.lower().endswith("port")}
    return settings


def _allow_connections(settings: dict[str, Any], environment: dict[str, str]) -> None:
    """Lets the pages of Hosting read from the stand-in of Cloud Storage, as from the real one."""
    if storage := environment.get("STORAGE_API_BASE"):
        for rule in settings["hosting"]["headers"]:
            for header in rule["headers"]:
                allowed = f"{_CLOUD_STORAGE} {storage}"
                header["value"] = header["value"].replace(_CLOUD_STORAGE, allowed)


def _free_ports() -> Iterator[int]:
    """Yields free ports of this process's share.

    Two processes that start at once have numbers close to each other, hence different shares:
    neither is given a port that the other was given and does not listen on yet.
    """
    share = _FREE_PORTS[os.getpid() % _SHARES :: _SHARES]
    for port in random.sample(share, len(share)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((_HOST, port))
            yield port


def _inherited() -> dict[str, str]:
    """Returns our environment without what leads to the emulators of a run around this one."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_EMULATOR_HOST") and name not in {"FUNCTIONS_BASE_URL", "WEB_URL"}
    }


def _client_environment(emulators: dict[str, Any], only: Sequence[str]) -> dict[str, str]:
    address = {name: f"{_HOST}:{emulators[name]['port']}" for name in only}
    variables = {"GOOGLE_CLOUD_PROJECT": PROJECT, "GCLOUD_PROJECT": PROJECT}
    if "auth" in address:
        variables["FIREBASE_AUTH_EMULATOR_HOST"] = address["auth"]
    if "firestore" in address:
        variables["FIRESTORE_EMULATOR_HOST"] = address["firestore"]
    if "storage" in address:
        variables["FIREBASE_STORAGE_EMULATOR_HOST"] = address["storage"]
        variables["STORAGE_EMULATOR_HOST"] = f"http://{address['storage']}"
    if "tasks" in address:
        variables["CLOUD_TASKS_EMULATOR_HOST"] = address["tasks"]
    if "hosting" in address:
        variables["WEB_URL"] = f"http://{address['hosting']}"
        localhost = f"http://localhost:{emulators['hosting']['port']}"
        variables["ALLOWED_ORIGINS"] = f"{variables['WEB_URL']},{localhost}"
    if "functions" in address:
        variables["FUNCTIONS_BASE_URL"] = f"http://{address['functions']}/{PROJECT}/{REGION}"
    return variables


def _sandbox_options(
    environment: dict[str, str], keys: Path | None, *, fixed_ports: bool
) -> list[str]:
    options = []
    if fixed_ports:
        options += ["--port-base", str(_SANDBOX_PORT)]
    if keys:
        options += ["--keys", str(keys.resolve())]
    if storage_url := environment.get("STORAGE_EMULATOR_HOST"):
        options += ["--storage-url", storage_url]
    if base_url := environment.get("FUNCTIONS_BASE_URL"):
        options += ["--webhook-url", f"{base_url}/payments_stripe_webhook"]
        options += ["--connect-webhook-url", f"{base_url}/payments_connect_webhook"]
    return options


def _start_sandbox(
    family: Family, environment: dict[str, str], ports_file: Path, log: Path, options: list[str]
) -> dict[str, str]:
    command = [sys.executable, "-m", "sandbox", "--ports-file", str(ports_file), *options]
    with log.open("wb") as output:
        process = family.start(command, environment, cwd=ROOT, output=output)
    for _ in _while_starting(process, log):
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            variables: dict[str, str] = json.loads(ports_file.read_text())
            return variables
    raise StartError(_tail(log))


def _firebase_command(
    config: Path, only: Sequence[str], import_from: Path | None, export_to: Path | None
) -> list[str | Path]:
    patches = [part for name in _PATCHES for part in ("--require", ROOT / "tools" / name)]
    command: list[str | Path] = ["node", *patches, _FIREBASE]
    command += ["emulators:start", "--project", PROJECT, "--config", config]
    command += ["--only", ",".join(only)]
    if import_from:
        command += ["--import", import_from.resolve()]
    if export_to:
        command += ["--export-on-exit", export_to.resolve()]
    return command


def _start_firebase(
    family: Family, command: list[str | Path], environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        process = family.start(
            command,
            {**environment, **java_environment(environment), **_FIREBASE_SETTINGS},
            cwd=log.parent,  # where the emulators drop logs of their own
            output=output,
        )
    for _ in _while_starting(process, log):
        text = log.read_text(errors="replace")
        if _BROKEN in text:
            break
        if _READY in text:
            return process
    raise StartError(_tail(log))


def _while_starting(process: subprocess.Popen[bytes], log: Path) -> Iterator[None]:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None:
        yield
        if time.monotonic() > deadline:
            raise StartError(f"Not ready after {_START_SECONDS:.0f} s.\n{_tail(log)}")
        time.sleep(_POLL_SECONDS)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    return "\n".join([*lines, f"(the end of {log.relative_to(ROOT)})"])


def _new_log_folder() -> Path:
    for old in _LOGS.glob("logs-*"):
        if old.stat().st_mtime < time.time() - _LOGS_KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    _LOGS.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=time.strftime("logs-%Y%m%d-%H%M%S-"), dir=_LOGS))


@contextlib.contextmanager
def _progress(what: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"Starting {what} ...", end="", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print(f" {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
