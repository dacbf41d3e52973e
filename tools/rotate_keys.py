"""Renews the key-encryption key, step by step (docs/keys.md).

    python -m tools.rotate_keys status            its versions, and how many data keys each wraps
    python -m tools.rotate_keys new               adds a version, which wraps from now on
    python -m tools.rotate_keys rewrap            wraps every data key under it
    python -m tools.rotate_keys destroy NUMBER    destroys a version that wraps nothing any more

With `GOOGLE_CLOUD_PROJECT`, `KMS_KEY` and the credentials of an operator. Each step can be stopped
and run again.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.cloud.kms_v1 import CryptoKeyVersion, KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service import transports

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]


class RefusedError(Exception):
    """What was asked for would lose data, or makes no sense."""


def main(arguments: "Sequence[str]") -> int:
    """Run the step that the command line names; return the exit code."""
    sys.path.insert(0, str(ROOT / "functions"))
    parser = argparse.ArgumentParser(prog="python -m tools.rotate_keys")
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("status", "new", "rewrap"):
        steps.add_parser(name)
    steps.add_parser("destroy").add_argument("number", type=int)
    chosen = parser.parse_args(arguments)
    try:
        match chosen.step:
            case "status":
                status()
            case "new":
                new()
            case "rewrap":
                rewrap()
            case "destroy":
                destroy(chosen.number)
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def status() -> None:
    """Print each version, its state, and how many data keys it wraps."""
    wraps, primary = _in_use(), _primary()
    with _client() as client:
        for version in client.list_crypto_key_versions(request={"parent": os.environ["KMS_KEY"]}):
            note = " primary" if version.name == primary else ""
            number = version.name.rpartition("/")[2]
            print(f"{number}: {_state(version)}, wraps {wraps[version.name]} data keys{note}")


def new() -> None:
    """Add a version and make it the one that wraps."""
    with _client() as client:
        made = client.create_crypto_key_version(
            request={"parent": os.environ["KMS_KEY"], "crypto_key_version": {}}
        )
        number = made.name.rpartition("/")[2]
        client.update_crypto_key_primary_version(
            request={"name": os.environ["KMS_KEY"], "crypto_key_version_id": number}
        )
    print(f"{number}: wraps from now on")


def rewrap() -> None:
    """Wrap every data key under the primary version, and make sure of it."""
    from app.platform.records import renewal  # noqa: PLC0415  # needs the path

    print(f"wrapped anew: {renewal.wrap_all_anew()} people")
    if left := {name for name in _in_use() if name != _primary()}:
        raise RefusedError(f"{len(left)} older versions still wrap data keys. Run it again.")


def destroy(number: int) -> None:
    """Destroy a version, unless it wraps something or is to wrap what is new.

    Cloud KMS does so after the time that the key is configured with, and until then it can be
    restored.

    Raises:
        RefusedError: somebody's records would be lost.
    """
    name = f"{os.environ['KMS_KEY']}/cryptoKeyVersions/{number}"
    if name == _primary():
        raise RefusedError(f"Version {number} is the one that wraps.")
    if wraps := _in_use()[name]:
        raise RefusedError(f"Version {number} wraps {wraps} data keys. Run `rewrap` first.")
    with _client() as client:
        version = client.destroy_crypto_key_version(request={"name": name})
    print(f"{number}: {_state(version)}")


def _in_use() -> Counter[str]:
    from app.platform.records import renewal  # noqa: PLC0415  # needs the path

    return renewal.versions_in_use()


def _primary() -> str:
    with _client() as client:
        return str(client.get_crypto_key(request={"name": os.environ["KMS_KEY"]}).primary.name)


def _state(version: CryptoKeyVersion) -> str:
    return str(CryptoKeyVersion.CryptoKeyVersionState(version.state).name)


def _client() -> KeyManagementServiceClient:
    if address := os.environ.get("KMS_EMULATOR_HOST"):
        channel = grpc.insecure_channel(address)
        transport = transports.KeyManagementServiceGrpcTransport(channel=channel)
        return KeyManagementServiceClient(transport=transport)
    return KeyManagementServiceClient()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
