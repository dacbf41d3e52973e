"""Rate limits, by the generic cell rate algorithm (GCRA, ITU-T I.371 annex A).

A limit is kept as one number, the theoretical arrival time: when the next call would come if all
so far had come evenly. Each instance counts in memory, at no call; `platform/limits` adds what
all instances share.
"""

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.kit.errors import ResourceExhaustedError

CAPACITY = 50_000
"""How many people and addresses an instance tells apart; the longest unseen are forgotten."""


@dataclass(frozen=True)
class Limit:
    """At most `count` calls at once, and as many in `seconds` on average."""

    count: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """What one function admits.

    Attributes:
        person: of each signed-in person; None where nobody signs in.
        address: of each network address, which many people may share.
        overall: of everybody, in one instance.
    """

    address: Limit
    overall: Limit
    person: Limit | None = None


READS = Limits(person=Limit(120, 60), address=Limit(1200, 60), overall=Limit(12_000, 60))
WRITES = Limits(person=Limit(30, 60), address=Limit(300, 60), overall=Limit(6000, 60))
COSTLY = Limits(person=Limit(10, 600), address=Limit(100, 600), overall=Limit(6000, 600))
"""Work for the model, exports, mails."""
GUESSES = Limits(person=Limit(5, 900), address=Limit(20, 900), overall=Limit(2000, 900))
"""Whatever could be tried until it fits: codes, links, re-authentication."""
OPEN_GUESSES = Limits(address=Limit(20, 900), overall=Limit(2000, 900))
"""The same where nobody signs in."""
TARGETS = Limit(5, 3600)
"""Mails that may be asked for to one address that is not the caller's own."""
PUBLIC = Limits(address=Limit(300, 60), overall=Limit(12_000, 60))
DELIVERIES = Limits(address=Limit(6000, 60), overall=Limit(12_000, 60))
"""Signed by a service that sends in bursts from few addresses."""


class LimitExceededError(ResourceExhaustedError):
    """More calls came than the limit admits."""

    def __init__(self, wait_seconds: float) -> None:
        seconds = max(1, math.ceil(wait_seconds))
        super().__init__(
            f"Too many requests. Try again in {seconds} seconds.", {"retryAfterSeconds": seconds}
        )


def take(limit: Limit, arrival: float | None, now: float) -> float:
    """Return the theoretical arrival time after one more call.

    Args:
        limit: what is admitted.
        arrival: the theoretical arrival time so far; None before the first call.
        now: the time, in seconds on the same clock.

    Raises:
        LimitExceededError: the limit is used up. Says how long to wait.
    """
    interval = limit.seconds / limit.count
    due = max(arrival or now, now) + interval
    wait = due - now - limit.seconds
    if wait > 1e-6:  # noqa: PLR2004  # less than any clock tells
        raise LimitExceededError(wait)
    return due


class Buckets:
    """The limits that one instance counts in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals: OrderedDict[tuple[str, str], float] = OrderedDict()

    def take(self, function: str, who: str, limit: Limit) -> None:
        """Count a call of `function` by `who`.

        Raises:
            LimitExceededError: the limit is used up.
        """
        key, now = (function, who), time.monotonic()
        with self._lock:
            self._arrivals[key] = take(limit, self._arrivals.get(key), now)
            self._arrivals.move_to_end(key)
            while len(self._arrivals) > CAPACITY:
                self._arrivals.popitem(last=False)

    def forget(self) -> None:
        """Forget every call."""
        with self._lock:
            self._arrivals.clear()


class AddressKeys:
    """Keys that stand for network addresses, and cannot be led back to them after the day."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day = date.min
        self._salt = b""

    def key(self, address: str) -> str:
        """Return the key of an address today."""
        with self._lock:
            today = datetime.now(UTC).date()
            if today != self._day:
                self._day, self._salt = today, secrets.token_bytes(32)
            return hmac.new(self._salt, address.encode(), hashlib.sha256).hexdigest()


buckets = Buckets()
_addresses = AddressKeys()
_declared: dict[str, Limits] = {}


def declare(function: str, limits: Limits) -> None:
    """Say what a function admits, once for every part of the code that counts its calls."""
    _declared[function] = limits


def declared(function: str) -> Limits | None:
    """Return what a function admits; None for one that no client calls."""
    return _declared.get(function)


def admit_address(function: str, limits: Limits, address: str) -> None:
    """Count a call from `address`, before anything of it is looked at.

    Raises:
        LimitExceededError: too many came from there, or altogether.
    """
    buckets.take(function, f"address {_addresses.key(address)}", limits.address)
    buckets.take(function, "overall", limits.overall)


def admit_person(function: str, limits: Limits, uid: str) -> None:
    """Count a call by a signed-in person.

    Raises:
        LimitExceededError: too many came from them.
    """
    if limits.person is not None:
        buckets.take(function, f"person {uid}", limits.person)
