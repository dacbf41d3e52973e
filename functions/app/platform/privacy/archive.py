"""The ZIP file of an export, written record by record, so that it needs no memory of its size."""

import base64
import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, Self
from zipfile import ZIP_DEFLATED, ZipFile

from app.platform.privacy.models.holdings import Holding

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""How a text begins that a spreadsheet may take for a formula."""
LINE = b"\n"


class Archive:
    """A ZIP file being written. A record is on disk before the next one is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = ZipFile(file, "w", ZIP_DEFLATED)
        self._bundle = _Lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bundle.close()
        self._zip.close()

    def text(self, name: str, content: str) -> None:
        """Add a file of text."""
        self._zip.writestr(name, content)

    def json(self, name: str, content: Any) -> None:
        """Add a file of JSON."""
        self.text(name, json.dumps(content, ensure_ascii=False, indent=1, default=_plain))

    def table(self, name: str, pages: Iterable[list[Holding]]) -> int:
        """Add all records of one type, as JSON and as CSV; return how many there were."""
        with _Lines() as lines:
            columns: dict[str, None] = {"id": None}
            for page in pages:
                for held in page:
                    record = _record(held)
                    lines.add(record)
                    columns |= dict.fromkeys(_flat(record))
            with self._zip.open(f"data/{name}.json", "w") as out:
                _write_array(out, lines)
            with self._zip.open(f"csv/{name}.csv", "w") as raw:
                out_text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
                table = csv.writer(out_text)
                table.writerow([_cell(name) for name in columns])
                for record in lines:
                    values = _flat(record)
                    table.writerow([_cell(values.get(name, "")) for name in columns])
                out_text.flush()
                out_text.detach()
            return lines.count

    def resources(self, resources: Iterable[dict[str, Any]]) -> None:
        """Add FHIR resources to the bundle."""
        for resource in resources:
            self._bundle.add({"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource})

    def bundle(self, at: datetime) -> int:
        """Add the bundle of all FHIR resources; return how many there are."""
        head = {"resourceType": "Bundle", "type": "collection", "timestamp": _instant(at)}
        with self._zip.open("fhir/bundle.json", "w") as out:
            out.write(json.dumps(head)[:-1].encode() + b', "entry": ')
            _write_array(out, self._bundle)
            out.write(b"}")
        return self._bundle.count


class _Lines:
    """JSON values in a file without a name, one on each line."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def add(self, value: Any) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False, default=_plain).encode() + LINE)
        self.count += 1

    def __iter__(self) -> Iterator[Any]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


def _write_array(out: IO[bytes], values: Iterable[Any]) -> None:
    out.write(b"[")
    for number, value in enumerate(values):
        out.write(b",\n" if number else b"\n")
        out.write(json.dumps(value, ensure_ascii=False, indent=1).encode())
    out.write(b"\n]")


def _record(held: Holding) -> dict[str, Any]:
    record = {"id": held.id, **held.fields}
    if held.opened:
        record["confidential"] = held.opened
    if held.unreadable:
        record["unreadable"] = list(held.unreadable)
    return record


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested objects as one, with dotted names; lists as JSON."""
    flat: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, dict) and item:
            flat |= _flat(item, f"{prefix}{name}.")
        elif isinstance(item, list | dict):
            flat[f"{prefix}{name}"] = json.dumps(item, ensure_ascii=False, default=_plain)
        else:
            flat[f"{prefix}{name}"] = item
    return flat


def _cell(value: Any) -> Any:
    """Return what a spreadsheet shows as it is, and never runs."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA):
        return f"'{value}"
    return value


def _plain(value: Any) -> Any:
    """Return what JSON has no form for as text."""
    match value:
        case datetime():
            return _instant(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
