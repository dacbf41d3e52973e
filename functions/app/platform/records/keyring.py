"""Each person's data keys, unwrapped: a bounded cache that asks KMS once per person and time."""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass

from app.kit import cipher, ids
from app.kit.errors import NotFoundError, UnauthenticatedError, UnavailableError
from app.platform.kms import gateway
from app.platform.records import store
from app.platform.records.key_models import PersonKeys, WrappedKey

LIFETIME_SECONDS = 300.0
CAPACITY = 2048
LOAD_SECONDS = 1.5
"""For the read of the key document and all tries of KMS together: without them a caller learns
within two seconds that keys cannot be had."""
WAIT_SECONDS = 1.8
FRUITLESS_SECONDS = 5.0
"""After a look for a version that is not there, how long the person's keys are not looked up for
another: however many values name versions that never were, they cost one look in that time."""


class ErasedError(UnauthenticatedError):
    """The person was erased: nothing can be sealed for them any more."""


@dataclass(frozen=True)
class Keys:
    """A person's data keys by version."""

    current: int
    by_version: dict[int, bytes]


@dataclass(frozen=True)
class _Kept:
    """Keys in the cache. `fruitless_until`: when a version that they lack is looked for again."""

    until: float
    keys: Keys
    fruitless_until: float = 0.0

    def serves(self, version: int, now: float) -> bool:
        """Whether this is all that is to be known; versions only grow."""
        known = version <= max(self.keys.by_version)
        return self.until > now and (known or self.fruitless_until > now)


class Keyring:
    """A cache of unwrapped keys. Cold, it fails closed: without KMS nothing opens or seals."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._loading: dict[tuple[str, bool], Future[Keys]] = {}

    def keys(self, uid: str, *, create: bool, version: int = 0) -> Keys:
        """Return the keys of a person.

        Warm, no call is made; cold, one read and one KMS call, however many ask at once; a
        person's first use adds one commit.

        Args:
            uid: the person.
            create: whether a first key is made where there is none.
            version: one that is needed. Another instance may have added it since these keys were
                loaded, so they are loaded anew where they lack it; it may be missing all the same.

        Raises:
            NotFoundError: there are none, and `create` is false.
            ErasedError: the person was erased, and `create` is true.
            UnavailableError: they cannot be had now.
        """
        with self._lock:
            kept = self._kept.get(uid)
            if kept is not None and kept.serves(version, time.monotonic()):
                return kept.keys
            others = self._loading.get((uid, create))
            mine: Future[Keys] = self._loading.setdefault((uid, create), Future())
        if others is not None:
            keys = _wait_for(others)
            if version <= max(keys.by_version):
                return keys
            return self.keys(uid, create=create, version=version)  # theirs began too early
        try:
            keys = _load(uid, create=create)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            self._keep(uid, keys, fruitless=version > max(keys.by_version))
            mine.set_result(keys)
            return keys
        finally:
            with self._lock:
                del self._loading[uid, create]

    def forget(self, uid: str | None = None) -> None:
        """Drop the unwrapped keys of a person, or all."""
        with self._lock:
            if uid is None:
                self._kept.clear()
            else:
                self._kept.pop(uid, None)

    def _keep(self, uid: str, keys: Keys, *, fruitless: bool) -> None:
        now = time.monotonic()
        pause = FRUITLESS_SECONDS if fruitless else 0.0
        with self._lock:
            self._kept[uid] = _Kept(now + LIFETIME_SECONDS, keys, now + pause)
            self._kept.move_to_end(uid)
            while len(self._kept) > CAPACITY:
                self._kept.popitem(last=False)


def _wait_for(loading: Future[Keys]) -> Keys:
    try:
        return loading.result(WAIT_SECONDS)
    except TimeoutError as error:
        message = "Protected records cannot be opened right now. Try again."
        raise UnavailableError(message) from error


def wrapped(key: bytes, uid: str, version: int, *, until: float) -> WrappedKey:
    """Return a data key of a person, encrypted by the key-encryption key's primary version.

    Raises:
        UnavailableError: KMS did not answer correctly `until` that moment of `time.monotonic`.
    """
    ciphertext, kek = gateway.wrap(key, _context(uid, version), until=until)
    return WrappedKey(wrapped=ciphertext, kek=kek)


def unwrapped(uid: str, keys: PersonKeys, *, until: float) -> dict[int, bytes]:
    """Return the data keys of a person by version.

    Raises:
        KeyLostError: the key-encryption key's version that wrapped one was destroyed.
        UnavailableError: KMS did not answer correctly `until` that moment of `time.monotonic`.
    """
    return {
        int(version): gateway.unwrap(key.wrapped, _context(uid, int(version)), until=until)
        for version, key in keys.versions.items()
    }


def _load(uid: str, *, create: bool) -> Keys:
    until = time.monotonic() + LOAD_SECONDS
    kept = store.load(uid)
    if kept is None and create:
        fresh = cipher.new_key()
        offered = PersonKeys.of(1, {"1": wrapped(fresh, uid, 1, until=until)})
        kept = store.create(uid, offered)
        if kept == offered:
            return Keys(current=1, by_version={1: fresh})
    if kept is not None and kept.versions:
        return Keys(current=kept.current, by_version=unwrapped(uid, kept, until=until))
    if create:
        raise ErasedError("This account was erased.")
    raise NotFoundError("There is no such record.")


def _context(uid: str, version: int) -> bytes:
    return ids.length_prefixed("person-key/v1", uid, str(version))
