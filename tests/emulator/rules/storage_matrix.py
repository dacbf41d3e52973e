"""Who may do what to the files of Storage: people read their own exports, until those expire.

A row is a person, a file and an attempt. What the table does not grant must be refused.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from tests.emulator.rules.matrix import Person
from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT

BUCKET = f"{PROJECT}.appspot.com"
DAY_MILLISECONDS = 24 * 60 * 60 * 1000
PEOPLE_WITH_FILES = ("alice", "sam", "gus")

type Attempt = Callable[["_Files"], requests.Response]


def files() -> dict[str, dict[str, str]]:
    """Return every file that there is, with its metadata."""
    now = int(time.time() * 1000)
    lasting = {"expiresAt": str(now + DAY_MILLISECONDS)}
    found: dict[str, dict[str, str]] = {"top.txt": lasting, "public/deep/er/any.txt": lasting}
    for uid in PEOPLE_WITH_FILES:
        found |= {
            f"people/{uid}/own.txt": lasting,
            f"exports/{uid}/r1/export.zip": lasting,
            f"exports/{uid}/r2/export.zip": {"expiresAt": str(now - 1000)},
            f"exports/{uid}/r3/export.zip": {},
            f"exports/{uid}/r4/export.zip": {"expiresAt": "never"},
            f"exports/{uid}/export.zip": lasting,
            f"exports/{uid}/r1/deep/export.zip": lasting,
            f"exports/r1/{uid}/export.zip": lasting,
            f"imports/{uid}/r1/export.zip": lasting,
            f"old/exports/{uid}/r1/export.zip": lasting,
        }
    return found


def granted(person: Person) -> set[tuple[str, str]]:
    """Return the file and the name of each attempt that a person is granted."""
    if person.uid not in PEOPLE_WITH_FILES:
        return set()
    own = f"exports/{person.uid}/r1/export.zip"
    return {(own, "read what is known of"), (own, "read")}


def seed(url: str) -> None:
    """Store every file, past the rules."""
    for path, metadata in files().items():
        described = json.dumps({"name": path, "metadata": metadata})
        parts = (("application/json", described), ("text/plain", "kept"))
        body = "".join(f"--part\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
        requests.post(
            f"{url}/upload/storage/v1/b/{BUCKET}/o",
            params={"uploadType": "multipart", "name": path},
            data=f"{body}--part--",
            headers={"Content-Type": "multipart/related; boundary=part"},
            timeout=SOON_SECONDS,
        ).raise_for_status()


def disagreements(url: str, person: Person) -> Iterator[str]:
    """Yield in words each attempt of a person that ended otherwise than the table says."""
    asker = _Files(url, person.token)
    for path in (*files(), f"exports/{person.uid}/r9/export.zip"):
        folder = path.rpartition("/")[0]
        attempts: dict[str, Attempt] = {
            "read what is known of": lambda f, p=path: f.send("GET", p),
            "read": lambda f, p=path: f.send("GET", p, params={"alt": "media"}),
            "list beside": lambda f, p=folder: f.list(p),
            "create beside": lambda f, p=folder: f.upload(f"{p}/new.txt".lstrip("/")),
            "replace": lambda f, p=path: f.upload(p),
            "update what is known of": lambda f, p=path: f.send(
                "PATCH", p, json={"metadata": {"expiresAt": "9999999999999"}}
            ),
            "delete": lambda f, p=path: f.send("DELETE", p),
        }
        for name, make in attempts.items():
            status = make(asker).status_code
            expected = 200 if (path, name) in granted(person) else requests.codes.forbidden
            if status != expected:
                yield f"{person.role}: {name} {path} was answered with {status}, not {expected}"


@dataclass
class _Files:
    """One person's view of the bucket, as the Firebase SDK asks for it."""

    url: str
    token: str | None
    _session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str | None, **options: Any) -> requests.Response:
        name = "" if path is None else f"/{quote(path, safe='')}"
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        headers |= options.pop("headers", {})
        url = f"{self.url}/v0/b/{BUCKET}/o{name}"
        return self._session.request(method, url, headers=headers, timeout=SOON_SECONDS, **options)

    def list(self, folder: str) -> requests.Response:
        prefix = f"{folder}/" if folder else ""
        return self.send("GET", None, params={"prefix": prefix, "delimiter": "/"})

    def upload(self, path: str) -> requests.Response:
        text = {"Content-Type": "text/plain"}
        return self.send("POST", None, params={"name": path}, data=b"new", headers=text)
