"""Webhook deliveries: signed, retried until a 2xx, in no guaranteed order, wrong on request."""

import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import random
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.standin import Faults
from sandbox.stripe.faults import Kind, StripeFault, take
from sandbox.stripe.params import Json

WORKERS = 4
MAX_ATTEMPTS = 8
FIRST_BACKOFF_SECONDS = 0.05
MAX_BACKOFF_SECONDS = 5.0
TIMEOUT_SECONDS = 10
STOP_SECONDS = 1
SIGNATURE_FAULTS: tuple[Kind, ...] = (
    "webhook_bad_signature",
    "webhook_second_secret",
    "webhook_stale",
    "webhook_future",
)


@dataclass
class Delivery:
    """One event on its way to the endpoint."""

    event: Json
    attempt: int = 0


@dataclass(order=True)
class Job:
    """Deliveries that one worker makes, one after the other, unless `reset` begins a new epoch."""

    due: float
    number: int
    epoch: int
    deliveries: list[Delivery] = field(compare=False)


class Webhooks:
    """Sends events to one endpoint from threads of its own.

    Attributes:
        url: the endpoint; without one nothing is sent.
        secrets: of the endpoint. The first signs; the second is the one being rotated in.
    """

    def __init__(self, faults: Faults[StripeFault], url: str | None, secrets: list[str]) -> None:
        self.url = url
        self.secrets = secrets
        self._faults = faults
        self._wake = threading.Condition()
        self._jobs: list[Job] = []
        self._numbers = itertools.count()
        self._held: list[Delivery] = []
        self._hold_count = 0
        self._log: list[Json] = []
        self._busy = 0
        self._epoch = 0
        self._stopped = False
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]

    def start(self) -> None:
        """Deliver."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Deliver nothing more."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        for worker in self._workers:
            worker.join(STOP_SECONDS)  # it may be waiting for an endpoint that hangs

    def reset(self) -> None:
        """Forget what was to be sent, and what was, once nothing is on its way."""
        with self._wake:
            self._jobs.clear()
            self._held.clear()
            self._hold_count = 0
            self._epoch += 1
            self._wake.wait_for(lambda: not self._busy, TIMEOUT_SECONDS)
            self._log.clear()

    def publish(self, event: Json) -> None:
        """Send an event soon, unless a fault says otherwise."""
        kind = event["type"]
        if not self.url or take(self._faults, "webhook_drop", kind):
            return
        with self._wake:
            if not self._hold_count and (reorder := take(self._faults, "webhook_reorder", kind)):
                self._hold_count = reorder.count
            if self._hold_count:
                self._held.append(Delivery(event))
                if len(self._held) >= self._hold_count:
                    self._put(0, self._held[::-1])
                    self._held, self._hold_count = [], 0
                return
            delay = take(self._faults, "webhook_delay", kind)
            duplicate = take(self._faults, "webhook_duplicate", kind)
            for _ in range(duplicate.copies if duplicate else 1):
                self._put(delay.seconds if delay else 0, [Delivery(event)])

    def redeliver(self, events: list[Json], seed: int | None = None) -> None:
        """Send events again, one after the other, shuffled by `seed` if there is one."""
        deliveries = [Delivery(event) for event in events]
        if seed is not None:
            random.Random(seed).shuffle(deliveries)  # noqa: S311  # repeatable, not secret
        with self._wake:
            self._put(0, deliveries)

    def deliveries(self) -> list[Json]:
        """Return every attempt so far: event id and type, attempt, status (null: no answer)."""
        with self._wake:
            return list(self._log)

    def waiting(self) -> int:
        """Return how many deliveries are held, due or on their way."""
        with self._wake:
            return self._busy + len(self._held) + sum(len(job.deliveries) for job in self._jobs)

    def _put(self, delay_seconds: float, deliveries: list[Delivery]) -> None:
        due = time.monotonic() + delay_seconds
        heapq.heappush(self._jobs, Job(due, next(self._numbers), self._epoch, deliveries))
        self._wake.notify_all()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            for delivery in job.deliveries:
                if job.epoch == self._epoch and not self._stopped:
                    self._deliver(delivery, job.epoch)
            with self._wake:
                self._busy -= 1
                self._wake.notify_all()

    def _next(self) -> Job | None:
        with self._wake:
            while not self._stopped:
                wait = self._jobs[0].due - time.monotonic() if self._jobs else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._jobs)
                self._wake.wait(wait)
        return None

    def _deliver(self, delivery: Delivery, epoch: int) -> None:
        delivery.attempt += 1
        event = delivery.event
        body = json.dumps(event, indent=2, ensure_ascii=False).encode()
        status = self._post(body, self._signature(body, event["type"]))
        with self._wake:
            self._log.append(
                {
                    "eventId": event["id"],
                    "account": event["account"],
                    "type": event["type"],
                    "attempt": delivery.attempt,
                    "status": status,
                }
            )
            refused = status is None or status // 100 != 2  # noqa: PLR2004  # 2xx
            if refused and delivery.attempt < MAX_ATTEMPTS and epoch == self._epoch:
                backoff = FIRST_BACKOFF_SECONDS * 2 ** (delivery.attempt - 1)
                self._put(min(backoff, MAX_BACKOFF_SECONDS), [delivery])

    def _signature(self, body: bytes, kind: str) -> str:
        """Return the header. Its time is real time: receivers compare it with their own."""
        at, secret = int(time.time()), self.secrets[0]
        wrong = [fault for name in SIGNATURE_FAULTS if (fault := take(self._faults, name, kind))]
        for fault in wrong:
            match fault.kind:
                case "webhook_stale":
                    at -= int(fault.seconds)
                case "webhook_future":
                    at += int(fault.seconds)
                case "webhook_second_secret":
                    secret = self.secrets[1]
                case _:
                    secret = "whsec_wrong"  # noqa: S105  # the fault is that it is wrong
        signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
        return f"t={at},v1={signed.hexdigest()}"

    def _post(self, body: bytes, signature: str) -> int | None:
        target = urlsplit(self.url or "")
        path = target._replace(scheme="", netloc="").geturl() or "/"
        connection = http.client.HTTPConnection(target.netloc, timeout=TIMEOUT_SECONDS)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
