"""A public log made by hand, from the definitions alone: what verifiers of ours are tried on."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.recovery.ledger import naive_tree

ORIGIN = "ledger.example/v1"
WIDTH = 256
SALT = bytes(range(32))


def key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def vkey(name: str, secret: Ed25519PrivateKey, kind: int = 1) -> str:
    """Return a public key as text: of a log, or with `kind` 4 of a witness."""
    public = bytes([kind]) + secret.public_key().public_bytes_raw()
    return f"{name}+{_key_id(name, public).hex()}+{b64encode(public).decode()}"


def entry(postings: dict[str, int], **more: Any) -> bytes:
    """Return an entry that moves cents between accounts."""
    leaf = {
        "v": 1,
        "kind": "DONATION",
        "day": "2027-01-15",
        "currency": "USD",
        "categories": sorted({a.split(":")[1] for a in postings if a.startswith("funds:")}),
        "postings": [[account, str(cents)] for account, cents in sorted(postings.items())],
        **more,
    }
    return canonical({name: value for name, value in leaf.items() if value is not None})


def canonical(value: Any) -> bytes:
    """Return RFC 8785's JSON, for values without fractions and keys of ASCII."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def commitment(record: bytes, salt: bytes = SALT) -> str:
    return hmac.digest(salt, b"ledger-commit/v1\0" + record, "sha256").hex()


def gift(number: int, fund: str = "FOOD") -> bytes:
    """Return an entry of a gift of 10.00 and its fee."""
    postings = {
        "assets:stripe:clearing": 941,
        f"funds:{fund}:fees": 59,
        f"funds:{fund}:donations": -1000,
    }
    return entry(postings, commitment=commitment(record(number)))


def record(number: int) -> bytes:
    """Return the private record of a gift."""
    return canonical({"donationId": f"gift-{number}", "grossCents": 1000})


@dataclass
class ToyLog:
    """Entries, and who signs for them."""

    entries: list[bytes]
    origin: str = ORIGIN
    secret: Ed25519PrivateKey = field(default_factory=lambda: key("log"))
    witness: Ed25519PrivateKey | None = None

    @property
    def vkey(self) -> str:
        return vkey(self.origin, self.secret)

    def checkpoint(self, size: int | None = None) -> str:
        """Return a signed checkpoint, by the witness too where there is one."""
        seen = self.entries[:size]
        root = b64encode(naive_tree.root(seen)).decode()
        body = f"{self.origin}\n{len(seen)}\n{root}\n"
        note = signed(body, self)
        if self.witness is not None:
            at = 1_800_000_000
            public = b"\x04" + self.witness.public_key().public_bytes_raw()
            signature = self.witness.sign(f"cosignature/v1\ntime {at}\n{body}".encode())
            note += _line("witness.example", public, at.to_bytes(8, "big") + signature)
        return note

    def proof(self, index: int, extra: bytes, size: int | None = None) -> str:
        """Return a tlog-proof that an entry is in the log."""
        lines = ["c2sp.org/tlog-proof@v1", f"extra {b64encode(extra).decode()}", f"index {index}"]
        lines += [b64encode(h).decode() for h in naive_tree.path(index, self.entries[:size])]
        return "\n".join([*lines, "", self.checkpoint(size)])

    def publish(self, folder: Path) -> None:
        """Write the files that the log serves."""
        _write(folder / "checkpoint", self.checkpoint().encode())
        _publish(folder, "entries", [len(e).to_bytes(2, "big") + e for e in self.entries])
        level, hashes = 0, [naive_tree.leaf(e) for e in self.entries]
        while hashes:
            _publish(folder, str(level), hashes)
            level += 1
            full = WIDTH**level
            ends = range(full, len(self.entries) + 1, full)
            hashes = [naive_tree.root(self.entries[end - full : end]) for end in ends]


def signed(body: str, by: ToyLog) -> str:
    """Return a note with the signature of a log."""
    public = b"\x01" + by.secret.public_key().public_bytes_raw()
    return body + "\n" + _line(by.origin, public, by.secret.sign(body.encode()))


def _publish(folder: Path, level: str, parts: Sequence[bytes]) -> None:
    for number in range((len(parts) + WIDTH - 1) // WIDTH):
        tile = parts[WIDTH * number : WIDTH * (number + 1)]
        path = f"{number:03d}" if len(tile) == WIDTH else f"{number:03d}.p/{len(tile)}"
        _write(folder / "tile" / level / path, b"".join(tile))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _line(name: str, public: bytes, signature: bytes) -> str:
    return f"\u2014 {name} {b64encode(_key_id(name, public) + signature).decode()}\n"


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
