"""A stand-in of a witness of transparency logs (C2SP tlog-witness), with a log that it knows.

It shares no code with the backend, whose checkpoints and proofs it judges.
"""

import base64
import binascii
import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, model_validator

from sandbox.http import DroppedConnectionError, RefusedError, Request, Response, Route, Server
from sandbox.standin import Fault, Faults

ORIGIN = "ledger.secondwind.example/v1"
"""The one log that it knows."""
NAME = "witness.example/w1"
ED25519, COSIGNATURE = b"\x01", b"\x04"
MAX_PROOF_LINES = 63


class WitnessFault(Fault):
    """What a request to the witness meets.

    Attributes:
        status: the HTTP status to fail with.
        after: whether it cosigns, and the answer is lost.
        delay_seconds: waits first.
        corrupt: `signature` answers one that is wrong, `key` one of another key, `text` no
            signature line at all, `size` a conflict with a size that is no number.
    """

    status: int | None = Field(default=None, ge=400, le=599)
    after: bool = False
    delay_seconds: float = Field(default=0, ge=0)
    corrupt: Literal["signature", "key", "text", "size"] | None = None

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        if not (self.status or self.after or self.delay_seconds or self.corrupt):
            raise ValueError("needs status, after, delay_seconds or corrupt")
        return self


class WitnessStandIn:
    """A witness in memory.

    Args:
        log_keys: gives the public keys that the log may sign with.
        port: 0 takes a free one.
    """

    def __init__(self, log_keys: Callable[[], Sequence[bytes]], *, port: int = 0) -> None:
        self._log_keys = log_keys
        self._key = Ed25519PrivateKey.generate()
        self._other = Ed25519PrivateKey.generate()
        self._lock = threading.Lock()
        self._faults = Faults(WitnessFault)
        self._calls: list[dict[str, Any]] = []
        self._size, self._root = 0, b""
        self._server = Server([Route("POST", "/add-checkpoint", self._add)], port=port)

    def start(self) -> Self:
        """Serve."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()

    def environment(self) -> dict[str, str]:
        """Return its key and where it listens, and the name of the log that it knows."""
        return {
            "LEDGER_ORIGIN": ORIGIN,
            "LEDGER_WITNESSES": f"{_vkey(self._key)} {self._server.url}",
        }

    def status(self) -> dict[str, Any]:
        """Return the size it cosigned last, the number of requests and the faults to come."""
        with self._lock:
            size, calls = self._size, len(self._calls)
        return {"size": size, "calls": calls, "faults": self._faults.waiting()}

    def calls(self) -> list[dict[str, Any]]:
        """Return of each request its old size, the checkpoint, and the status it got."""
        with self._lock:
            return list(self._calls)

    def inject(self, fault: dict[str, Any]) -> None:
        """Queue a `WitnessFault`."""
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget faults and calls, and that it ever saw a checkpoint."""
        self._faults.clear()
        with self._lock:
            self._calls.clear()
            self._size, self._root = 0, b""

    def _add(self, request: Request) -> Response:
        fault = self._faults.take(lambda _: True)
        time.sleep(fault.delay_seconds if fault else 0)
        call: dict[str, Any] = {"status": 0}
        with self._lock:
            self._calls.append(call)
        if fault and fault.status and not fault.after:
            call["status"] = fault.status
            raise RefusedError(fault.status, "Injected.")
        try:
            answer = self._answer(request, call, fault.corrupt if fault else None)
        except RefusedError as refusal:
            call["status"] = refusal.status
            raise
        call["status"] = answer.status
        if fault and fault.after:
            raise DroppedConnectionError
        return answer

    def _answer(self, request: Request, call: dict[str, Any], corrupt: str | None) -> Response:
        old_size, proof, checkpoint = _parsed(request.body)
        call |= {"old": old_size, "checkpoint": checkpoint}
        text, size, root = self._verified(checkpoint)
        if old_size > size:
            raise RefusedError(400, "The old size is beyond the checkpoint.")
        with self._lock:
            if old_size != self._size or (size == self._size and root != self._root and size):
                known = "many" if corrupt == "size" else str(self._size)
                return Response(f"{known}\n".encode(), 409, "text/x.tlog.size")
            if old_size and not consistent(old_size, size, proof, self._root, root):
                raise RefusedError(422, "The consistency proof does not verify.")
            if not old_size and proof:
                raise RefusedError(422, "There is nothing to be consistent with.")
            self._size, self._root = size, root
        return Response(self._line(text, corrupt).encode(), 200, "text/plain")

    def _verified(self, checkpoint: str) -> tuple[str, int, bytes]:
        """Return text, size and root of a checkpoint that the log signed."""
        text, _, lines = checkpoint.rpartition("\n\n")
        text += "\n"
        fields = text.split("\n")
        if fields[0] != ORIGIN:
            raise RefusedError(404, "This log is not known here.")
        keys = {_id(ORIGIN, ED25519, public): public for public in self._log_keys()}
        for line in lines.splitlines():
            name, _, encoded = line.removeprefix("\u2014 ").rpartition(" ")
            signature = base64.b64decode(encoded)
            public = keys.get(signature[:4])
            if name == ORIGIN and public is not None:
                try:
                    Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], text.encode())
                except InvalidSignature:
                    continue
                return text, int(fields[1]), base64.b64decode(fields[2])
        raise RefusedError(403, "No signature by a key of the log.")

    def _line(self, text: str, corrupt: str | None) -> str:
        at = int(time.time())
        if corrupt == "text":
            return "cosigned\n"
        key = self._other if corrupt == "key" else self._key
        signed = f"cosignature/v1\ntime {at}\n{text}".encode()
        signature = key.sign(b"another text" if corrupt == "signature" else signed)
        data = _id(NAME, COSIGNATURE, key.public_key().public_bytes_raw())
        data += at.to_bytes(8, "big") + signature
        return f"\u2014 {NAME} {base64.b64encode(data).decode()}\n"


def consistent(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Whether a consistency proof shows that one tree begins with another (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(c, fr), _node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr, sn) == (first_root, second_root, 0)


def _parsed(body: bytes) -> tuple[int, list[bytes], str]:
    """Return old size, consistency proof and checkpoint of a request."""
    try:
        head, _, checkpoint = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        word, _, old_size = first.partition(" ")
        if word != "old" or not checkpoint or len(lines) > MAX_PROOF_LINES:
            raise RefusedError(400, "This is no request of add-checkpoint.")
        return int(old_size), [base64.b64decode(line, validate=True) for line in lines], checkpoint
    except (ValueError, binascii.Error) as error:
        raise RefusedError(400, "This is no request of add-checkpoint.") from error


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _id(name: str, kind: bytes, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def _vkey(key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes_raw()
    encoded = base64.b64encode(COSIGNATURE + public).decode()
    return f"{NAME}+{_id(NAME, COSIGNATURE, public).hex()}+{encoded}"
