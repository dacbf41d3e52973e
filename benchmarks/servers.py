"""Functions served as in the cloud: functions-framework, which runs gunicorn."""

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MAIN = ROOT / "functions/main.py"
SERVED = ROOT / "benchmarks/served"
FRAMEWORK = Path(sys.executable).with_name("functions-framework")
PROJECT = "demo-benchmark"
"""Not the project of the emulators: no trigger of theirs runs on what is written here."""
START_SECONDS = 60.0
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
DEPLOYED_THREADS = 80


@dataclass(frozen=True)
class Server:
    """One function, serving on a port of its own."""

    process: subprocess.Popen[bytes]
    port: int

    def call(self, data: Any, token: str | None = None) -> float:
        """Call the function on a new connection and return how long it took, in seconds.

        Each call comes from another network address, as calls of many people do.

        Raises:
            RuntimeError: the answer is not 200.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.post(json.dumps({"data": data}), headers)

    def post(self, body: str, headers: Mapping[str, str]) -> float:
        """Send JSON as `call` does and return how long it took, in seconds. Raises as it."""
        address = secrets.token_hex(8)
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address, **headers}
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        elapsed = time.perf_counter() - started
        if answer.status != http.client.OK:
            raise RuntimeError(f"{answer.status}: {text.decode(errors='replace')}")
        return elapsed

    def get(self, query: str) -> tuple[float, int]:
        """Read with `query` as `call` does; return how long it took, in seconds, and its bytes.

        Raises:
            RuntimeError: the answer is not 200.
        """
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)
        try:
            headers = {"X-Forwarded-For": secrets.token_hex(8)}
            connection.request("GET", f"/?{query}", headers=headers)
            answer = connection.getresponse()
            size_bytes = 0
            while part := answer.read(2**16):
                size_bytes += len(part)
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{answer.status} to {query}")
        return time.perf_counter() - started, size_bytes

    def peak_bytes(self) -> int:
        """Return the most memory (resident set) that a worker of the server had. Linux only."""
        return 1024 * max(
            int(re.findall(r"VmHWM:\s+([0-9]+) kB", Path(f"/proc/{p}/status").read_text())[0])
            for p in self._workers()
        )

    def _workers(self) -> list[str]:
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def cpu_seconds(self) -> float:
        """Return the CPU time that the server has used so far, with its workers. Linux only."""
        processes = (str(self.process.pid), *self._workers())
        return sum(_cpu_seconds(process) for process in processes)


@contextlib.contextmanager
def serving(
    source: Path,
    target: str,
    environment: Mapping[str, str],
    threads: int = DEPLOYED_THREADS,
) -> Iterator[Server]:
    """Serve `target` of `source` in the emulators' surroundings, and end with the block.

    Raises:
        RuntimeError: the server does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = ("--host", "127.0.0.1", "--port", str(port))
    process = subprocess.Popen(  # noqa: S603  # our own program
        [FRAMEWORK, "--source", source, "--target", target, *address],
        env={
            **os.environ,
            "FUNCTION_TARGET": target,
            "FUNCTIONS_EMULATOR": "true",
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}",
            "THREADS": str(threads),
            **environment,
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield Server(process, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("The server did not start.")


def _cpu_seconds(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user_ticks, system_ticks = int(fields[11]), int(fields[12])
    return (user_ticks + system_ticks) * TICK_SECONDS
