"""P8: what the number of threads does to a function that waits."""

import contextlib
import selectors
import socket
import time
from typing import NoReturn

from benchmarks.goals import Measurement, over_rounds
from benchmarks.servers import DEPLOYED_THREADS, SERVED, Server, serving

CLIENTS = 80
DEFAULT_THREADS = 4
"""What the framework takes for one CPU."""
LIMIT = 15.0
WARM_UP_SECONDS = 1.0
SILENCE_SECONDS = 10.0
REQUEST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
BODY = b'{"result":{}}\n'
"""What it answers, at the end of a response."""


def measure(rounds: int, seconds: float) -> list[Measurement]:
    """Return the throughput with the deployed number of threads against the default one."""
    ratios, few_rates, many_rates = [], [], []
    source = SERVED / "bare.py"
    with (
        serving(source, "bare_wait", {}, DEFAULT_THREADS) as few,
        serving(source, "bare_wait", {}, DEPLOYED_THREADS) as many,
    ):
        for _ in range(rounds):
            few_rates.append(_throughput(few, seconds))
            many_rates.append(_throughput(many, seconds))
            ratios.append(many_rates[-1] / few_rates[-1])
    what = f"{CLIENTS} clients of a function that waits for 50 ms"
    return [
        over_rounds("P8", f"{what}, 4 threads", few_rates, unit="calls/s"),
        over_rounds("P8", f"{what}, 80 threads", many_rates, unit="calls/s"),
        over_rounds("P8", f"{what}, 80 / 4 threads", ratios, limit=LIMIT, at_least=True),
    ]


def _throughput(server: Server, seconds: float) -> float:
    """Return how many calls a second are answered to clients who each wait for their answer.

    One thread plays them all: it shares the machine with the server.
    """
    count = 0
    begin = time.monotonic() + WARM_UP_SECONDS
    with contextlib.ExitStack() as open_connections, selectors.DefaultSelector() as waiting:
        for _ in range(CLIENTS):
            connection = open_connections.enter_context(
                socket.create_connection(("127.0.0.1", server.port))
            )
            waiting.register(connection, selectors.EVENT_READ, connection)
            connection.sendall(REQUEST)
        while (now := time.monotonic()) < begin + seconds:
            for ready, _ in waiting.select(SILENCE_SECONDS) or _silent():
                answer = ready.data.recv(4096)
                if not answer:
                    raise RuntimeError("The server hung up.")
                if answer.endswith(BODY):
                    count += now >= begin
                    ready.data.sendall(REQUEST)
    return count / seconds


def _silent() -> NoReturn:
    raise RuntimeError("The server fell silent.")
