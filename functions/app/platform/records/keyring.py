"""Each person's data keys, unwrapped: a bounded cache that asks KMS once per person and time."""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass

from app.kit import cipher, ids
from app.kit.errors import NotFoundError, UnavailableError
from app.platform.kms import gateway
from app.platform.records import store
from app.platform.records.models import PersonKeys, WrappedKey

LIFETIME_SECONDS = 300.0
CAPACITY = 2048
LOAD_SECONDS = 1.5
"""For the read of the key document and all tries of KMS together: without them a caller learns
within two seconds that keys cannot be had."""
WAIT_SECONDS = 1.8


@dataclass(frozen=True)
class Keys:
    """A person's data keys by version."""

    current: int
    by_version: dict[int, bytes]


class Keyring:
    """A cache of unwrapped keys. Cold, it fails closed: without KMS nothing opens or seals."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Keys]] = OrderedDict()
        self._loading: dict[tuple[str, bool], Future[Keys]] = {}

    def keys(self, uid: str, *, create: bool) -> Keys:
        """Return the keys of a person.

        Warm, no call is made; cold, one read and one KMS call, however many ask at once; a
        person's first use adds one commit.

        Raises:
            NotFoundError: there are none, and `create` is false.
            UnavailableError: they cannot be had now.
        """
        with self._lock:
            until, keys = self._kept.get(uid, (0.0, None))
            if keys is not None and until > time.monotonic():
                return keys
            others = self._loading.get((uid, create))
            mine: Future[Keys] = self._loading.setdefault((uid, create), Future())
        if others is not None:
            return _wait_for(others)
        try:
            keys = _load(uid, create=create)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            self._keep(uid, keys)
            mine.set_result(keys)
            return keys
        finally:
            with self._lock:
                del self._loading[uid, create]

    def forget(self) -> None:
        """Drop all unwrapped keys."""
        with self._lock:
            self._kept.clear()

    def _keep(self, uid: str, keys: Keys) -> None:
        with self._lock:
            self._kept[uid] = (time.monotonic() + LIFETIME_SECONDS, keys)
            self._kept.move_to_end(uid)
            while len(self._kept) > CAPACITY:
                self._kept.popitem(last=False)


def _wait_for(loading: Future[Keys]) -> Keys:
    try:
        return loading.result(WAIT_SECONDS)
    except TimeoutError as error:
        message = "Protected records cannot be opened right now. Try again."
        raise UnavailableError(message) from error


def _load(uid: str, *, create: bool) -> Keys:
    until = time.monotonic() + LOAD_SECONDS
    wrapped = store.load(uid)
    if wrapped is None:
        if not create:
            raise NotFoundError("There is no such record.")
        fresh = cipher.new_key()
        ciphertext, kek = gateway.wrap(fresh, _context(uid, 1), until=until)
        offered = PersonKeys(current=1, versions={"1": WrappedKey(wrapped=ciphertext, kek=kek)})
        wrapped = store.create(uid, offered)
        if wrapped == offered:
            return Keys(current=1, by_version={1: fresh})
    opened = {
        int(version): gateway.unwrap(key.wrapped, _context(uid, int(version)), until=until)
        for version, key in wrapped.versions.items()
    }
    return Keys(current=wrapped.current, by_version=opened)


def _context(uid: str, version: int) -> bytes:
    return ids.length_prefixed("person-key/v1", uid, str(version))
