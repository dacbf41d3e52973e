"""Verifies a public ledger, and receipts for its entries; prints the first thing that is wrong.

Formats: RFC 6962 and 8785; c2sp.org's signed-note and tlog-{checkpoint,cosignature,tiles,proof}.
"""

import argparse
import hashlib
import hmac
import json
import re
import sys
import urllib.request
from base64 import b64decode, b64encode
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 1, 4  # kinds of keys: Ed25519, and Ed25519 with a timestamp
# Aid to fewer than eleven people is published by groups of categories, and spent from all of them.
POOLS = {"ESSENTIALS": {"FOOD", "MEDICAL", "CLOTHING"}, "ACCESS": {"TECH", "TRANSPORT", "IDENTITY"}}
NUMBER, HASH, SIGNED = "(0|[1-9][0-9]{0,17})", "[A-Za-z0-9+/]{43}=\n", "— ([^ \n]+) ([^ \n]+)\n"
NOTE = re.compile(f"([^\n]+)\n{NUMBER}\n({HASH})\n((?:{SIGNED})+)")
PROOF = re.compile(f"c2sp.org/tlog-proof@v1\nextra (.+)\nindex {NUMBER}\n((?:{HASH})*)\n([^\0]+)")
POSTING = re.compile("((assets|liabilities)(:[a-z]+)+|funds:[A-Z]+:[a-z]+) -?[1-9][0-9]{0,14}")
AT = ["arguments"]  # what is looked at, for the message about what is wrong


def need(right: object, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree_hash(hashes: list[bytes]) -> list[bytes]:
    """Return the root over full subtrees of one size, of which the last may be smaller."""
    if len(hashes) <= 1:
        return hashes
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return [sha256(b"".join([b"\1", *tree_hash(hashes[:left]), *tree_hash(hashes[left:])]))]


def open_checkpoint(note: bytes, where: str, keys: dict) -> argparse.Namespace:
    """Return a checkpoint that is signed with a key of the log, and which known keys signed it."""
    AT[0], by, found = where, set(), NOTE.fullmatch(note.decode())
    need(found, "not a signed checkpoint")
    origin, size, root, signatures = found.groups()[:4] if found else ()
    for name, encoded in re.findall(SIGNED, signatures):
        AT[0], raw = f"{where}, signature of {name}", b64decode(encoded, validate=True)
        need(b64encode(raw).decode() == encoded, "not proper base64")
        kind, key = keys.get((name, raw[:4]), (0, None))
        when = f"cosignature/v1\ntime {int.from_bytes(raw[4:12])}\n" if kind == WITNESS else ""
        if key:
            key.verify(raw[12 if when else 4 :], f"{when}{origin}\n{size}\n{root}".encode())
            by.add((name, kind))
    AT[0] = where
    need((origin, LOG) in by, "not signed with a key of the log")
    missing = {n for (n, _), (kind, _) in keys.items() if kind == WITNESS} - {n for n, _ in by}
    need(not missing, f"not cosigned by {sorted(missing)}")
    need(size != "0" or b64decode(root) == sha256(b""), "a log without entries has another root")
    return argparse.Namespace(where=where, note=note, size=int(size), root=b64decode(root))


def fetch(url: str, level: int | str, number: int = 0, width: int = 256) -> bytes:
    path = f"{number % 1000:03d}" + (f".p/{width}" if width % 256 else "")
    while number := number // 1000:
        path = f"x{number % 1000:03d}/{path}"
    AT[0] = path = "checkpoint" if level == "checkpoint" else f"tile/{level}/{path}"
    with urllib.request.urlopen(f"{url.rstrip('/')}/{path}", timeout=60) as answer:
        return answer.read(256 * (2 + 65_535) + 1)  # one byte more than any of them can have


def fetch_entries(url: str, number: int, size: int) -> list[bytes]:
    width, entries = min(256, size - 256 * number), []
    data = memoryview(fetch(url, "entries", number, width))
    while data:
        end = 2 + int.from_bytes(data[:2])
        need(end <= len(data), f"cut short in entry {256 * number + len(entries)}")
        entries.append(bytes(data[2:end]))
        data = data[end:]
    need(len(entries) == width, f"{len(entries)} entries, not {width}")
    return entries


def post(data: bytes, left: Counter[str]) -> None:
    """Check an entry, and add it to what accounts hold and what funds have left, in cents."""
    entry = json.loads(data, parse_float=str, parse_constant=str)
    canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    found = canonical.encode(), entry["v"], entry["currency"]
    need(found == (data, 1, "USD"), "not canonical JSON of version 1, in USD")
    for account, amount in (postings := entry["postings"]):
        need(POSTING.fullmatch(f"{account} {amount}"), "a posting is malformed")
        left[account] += int(amount)  # debits are positive, credits negative
        if account.startswith("funds:"):
            left[account.split(":")[1]] -= int(amount)
    need(sum(int(amount) for _, amount in postings) == 0, "does not sum to zero")
    for fund, cents in left.items():
        need(cents >= 0 or not fund.isupper() or fund in POOLS, f"overdraws {fund} to {cents}")
    for pool, funds in POOLS.items():
        need(sum(left[fund] for fund in {pool, *funds}) >= 0, f"overdraws the funds of {pool}")
    if "group" in entry:
        paid = [int(amount) for amount in entry["group"]["amounts"]]
        need(11 <= entry["group"]["recipients"] <= len(paid), "a group of fewer than eleven people")
        need(2 * sum(paid) == sum(abs(int(p[1])) for p in postings), "pays another total")


def replay(url: str, size: int, seen: list[argparse.Namespace]) -> Counter[str]:
    """Check all entries and tiles of a log, and the roots of all of `seen`; return its accounts."""
    left: Counter[str] = Counter()
    rows: list[list[bytes]] = [[] for _ in range(9)]  # what the last tile of each level holds
    for number in range((size + 255) // 256):
        entries, forked = fetch_entries(url, number, size), []
        rows[0] = [sha256(b"\0" + entry) for entry in entries]
        for past in [past for past in seen if 0 < past.size - 256 * number <= len(entries)]:
            root: list[bytes] = []
            for row in (rows[0][: past.size - 256 * number], *rows[1:]):
                root = tree_hash(row + root)
            forked += [past.where] if root != [past.root] else []
        for level, row in enumerate(rows):
            if row and (len(row) == 256 or 256 * number + len(entries) == size):
                tile = fetch(url, level, number >> 8 * level, len(row))
                wrong = [at for at, value in enumerate(row) if tile[32 * at :][:32] != value]
                need(len(tile) == 32 * len(row) and not wrong, f"its hashes {wrong}, or its length")
            if len(row) == 256:
                rows[level + 1], rows[level] = rows[level + 1] + tree_hash(row), []
        for index, entry in enumerate(entries, 256 * number):
            AT[0] = f"entry {index}"
            post(entry, left)
        AT[0] = " and ".join(forked)
        need(not forked, "the entries have another root: the log was changed, or forked")
    return left


def check_receipt(path: Path, url: str, size: int, keys: dict) -> argparse.Namespace:
    """Check that a receipt opens an entry of a signed log; return the checkpoint in it."""
    AT[0], found = str(path), PROOF.fullmatch(path.read_text())
    need(found, "not a tlog-proof with an opening")
    extra, number, proof, note = found.groups() if found else ()
    seen, index = open_checkpoint(note.encode(), str(path), keys), int(number)
    need(index < min(size, seen.size), "its entry is not in the log")
    offline = path.with_suffix(".json").read_bytes if url == "-" else None
    entry = offline() if offline else fetch_entries(url, index // 256, size)[index % 256]
    AT[0], node, inner = str(path), sha256(b"\0" + entry), (index ^ seen.size - 1).bit_length()
    length, hashes = inner + (index >> inner).bit_count(), proof.split()  # RFC 9162, 2.1.3
    need(len(hashes) == length, f"its inclusion proof has {len(hashes)} hashes, not {length}")
    for level, sibling in enumerate(map(b64decode, hashes)):
        on_left = level >= inner or index >> level & 1
        node = sha256(b"\1" + (sibling + node if on_left else node + sibling))
    need(node == seen.root, "its inclusion proof does not lead from its entry to its checkpoint")
    salt, record = (opening := b64decode(extra, validate=True))[:32], opening[32:]
    commitment = hmac.digest(salt, b"ledger-commit/v1\0" + record, "sha256").hex()
    need(json.loads(entry).get("commitment") == commitment, f"does not open entry {index}")
    print(f"{path}: entry {index}, {entry.decode()}, stands for {record.decode()}")
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the log or a copy; or -: offline, with NAME.json for each")
    parser.add_argument("vkey", nargs="+", help="a public key of the log: all that it has had")
    parser.add_argument("--state", type=Path, help="a file that keeps which checkpoints were seen")
    parser.add_argument("--witness", nargs="+", default=[], help="a key that must have cosigned")
    parser.add_argument("--receipt", nargs="+", default=[], type=Path, help="NAME.tlog-proof")
    args, keys, seen, size = parser.parse_args(), {}, [], sys.maxsize
    for vkey in args.vkey + args.witness:
        AT[0] = f"key {vkey!r}"
        name, key_id, encoded = (*vkey.split("+", 2), "", "")[:3]
        data = b64decode(encoded, validate=True)
        need(data[:1] in {b"\1", b"\4"} and len(data) == 33, "not an Ed25519 key of a known kind")
        need(sha256(f"{name}\n".encode() + data)[:4].hex() == key_id, "its id is not right")
        keys[name, bytes.fromhex(key_id)] = data[0], Ed25519PublicKey.from_public_bytes(data[1:])
    if args.url != "-":
        seen = [open_checkpoint(fetch(args.url, "checkpoint"), "checkpoint", keys)]
        size = seen[0].size
    seen += [check_receipt(path, args.url, size, keys) for path in args.receipt]
    if args.url == "-":
        return
    AT[0] = str(args.state)
    notes = json.loads(args.state.read_text()) if args.state and args.state.exists() else []
    keys = {name: key for name, key in keys.items() if key[0] == LOG}
    seen += [open_checkpoint(note.encode(), str(args.state), keys) for note in notes]
    for past in seen:
        AT[0] = past.where
        need(past.size <= size, f"rolled back: there were {past.size} entries, now {size}")
    for account, cents in sorted(replay(args.url, size, seen).items()):
        print(f"{account:40}{cents:>16}")
    if args.state:
        args.state.write_text(json.dumps([*notes, seen[0].note.decode()]))
    print(f"All {size} entries of {args.url} are right.")


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # noqa: BLE001  # whatever a log serves, one line says what is wrong
        sys.exit(f"WRONG: {AT[0]}: {str(error) or type(error).__name__}")
