"""Who may do what to the files of Storage: nobody anything. Every attempt must be refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from tests.emulator.rules.matrix import Person
from tests.support.tokens import PROJECT

BUCKET = f"{PROJECT}.appspot.com"
PATHS = ("top.txt", "people/alice/own.txt", "people/sam/own.txt", "public/deep/er/any.txt")

type Attempt = Callable[["_Files"], requests.Response]


def seed(url: str) -> None:
    """Store a file at each path, past the rules."""
    for path in PATHS:
        requests.post(
            f"{url}/upload/storage/v1/b/{BUCKET}/o",
            params={"uploadType": "media", "name": path},
            data=b"kept",
            headers={"Content-Type": "text/plain"},
            timeout=10,
        ).raise_for_status()


def disagreements(url: str, person: Person) -> Iterator[str]:
    """Yield in words each attempt of a person that was not refused."""
    files = _Files(url, person.token)
    for path in PATHS:
        folder = path.rpartition("/")[0]
        attempts: dict[str, Attempt] = {
            "read what is known of": lambda f, p=path: f.send("GET", p),
            "read": lambda f, p=path: f.send("GET", p, params={"alt": "media"}),
            "list beside": lambda f, p=folder: f.list(p),
            "create beside": lambda f, p=folder: f.upload(f"{p}/new.txt".lstrip("/")),
            "replace": lambda f, p=path: f.upload(p),
            "update what is known of": lambda f, p=path: f.send(
                "PATCH", p, json={"metadata": {"owner": "me"}}
            ),
            "delete": lambda f, p=path: f.send("DELETE", p),
        }
        for name, make in attempts.items():
            status = make(files).status_code
            if status != requests.codes.forbidden:
                yield f"{person.role}: {name} {path} was answered with {status}, not refused"


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
        return self._session.request(method, url, headers=headers, timeout=10, **options)

    def list(self, folder: str) -> requests.Response:
        prefix = f"{folder}/" if folder else ""
        return self.send("GET", None, params={"prefix": prefix, "delimiter": "/"})

    def upload(self, path: str) -> requests.Response:
        text = {"Content-Type": "text/plain"}
        return self.send("POST", None, params={"name": path}, data=b"new", headers=text)
