"""Applies `identity-platform.json`: how people sign in, as code.

    python -m tools.identity_platform                  prints the requests, without secrets
    python -m tools.identity_platform --apply          makes them

Needs `GOOGLE_CLOUD_PROJECT`, `AUTHORIZED_DOMAINS` (separated by commas), the variables that the
file names for the clients of Google and Apple, and for `--apply` an access token of somebody who
may administer Identity Platform in `ACCESS_TOKEN` (`gcloud auth print-access-token`).
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

FILE = Path(__file__).parents[1] / "identity-platform.json"
SERVICE = "https://identitytoolkit.googleapis.com"
TIMEOUT_SECONDS = 30.0


class SettingError(Exception):
    """An environment variable is missing."""


@dataclass(frozen=True)
class Change:
    """One request; `body` may hold secrets, `shown` does not."""

    path: str
    query: dict[str, str]
    body: dict[str, Any]
    shown: dict[str, Any]


def changes(declared: dict[str, Any], environment: dict[str, str]) -> list[Change]:
    """Return the requests that make a project be as declared.

    Raises:
        SettingError: a variable is not set.
    """
    project = f"projects/{_setting(environment, 'GOOGLE_CLOUD_PROJECT')}"
    domains = [part.strip() for part in _setting(environment, "AUTHORIZED_DOMAINS").split(",")]
    config = {**declared["config"], "authorizedDomains": domains}
    mask = {"updateMask": ",".join(config)}
    found = [Change(f"admin/v2/{project}/config", mask, config, config)]
    for provider, names in declared["providers"].items():
        secrets = {field: _setting(environment, name) for field, name in names.items()}
        path = f"admin/v2/{project}/defaultSupportedIdpConfigs/{provider}"
        shown = {"enabled": True, **{field: f"${name}" for field, name in names.items()}}
        query = {"updateMask": ",".join(shown)}
        found.append(Change(path, query, {"enabled": True, **secrets}, shown))
    return found


def make(change: Change, token: str, service: str = SERVICE) -> None:
    """Make one request; a provider that is not there yet is created.

    Raises:
        requests.HTTPError: it was refused.
    """
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{service}/{change.path}"
    answer = requests.patch(
        url, params=change.query, json=change.body, headers=headers, timeout=TIMEOUT_SECONDS
    )
    if answer.status_code == requests.codes.not_found and "Idp" in change.path:
        parent, _, provider = url.rpartition("/")
        answer = requests.post(
            parent,
            params={"idpId": provider},
            json=change.body,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        )
    answer.raise_for_status()


def main(argv: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.identity_platform")
    parser.add_argument("--apply", action="store_true", help="make the requests")
    arguments = parser.parse_args(argv)
    environment = dict(os.environ)
    try:
        planned = changes(json.loads(FILE.read_text()), environment)
        token = _setting(environment, "ACCESS_TOKEN") if arguments.apply else ""
    except SettingError as error:
        print(error, file=sys.stderr)
        return 1
    for change in planned:
        print(f"PATCH {change.path}?updateMask={change.query['updateMask']}")
        print(json.dumps(change.shown, indent=2))
        if arguments.apply:
            make(change, token)
    print("Applied." if arguments.apply else "Nothing was applied: pass --apply.")
    return 0


def _setting(environment: dict[str, str], name: str) -> str:
    if not environment.get(name):
        raise SettingError(f"{name} is not set.")
    return environment[name]


if __name__ == "__main__":
    sys.exit(main())
