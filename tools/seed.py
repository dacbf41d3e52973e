"""The seeded data of `make dev`: what coaching and giving in the demo leave behind.

    python -m tools.seed make       runs those two and keeps the key documents
    python -m tools.seed restore    puts the key documents back

The Firestore emulator exports and imports its default database alone, so the documents of the
database `keys` are kept beside its export. They open only with the sandbox's development key.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from google.cloud.firestore import Client

from tools.client import PROJECT
from tools.demo.coaching import coaching
from tools.demo.giving import giving

KEYS = Path(__file__).parents[1] / "emulator-data/keys.json"
COLLECTION = "person_keys"


def main() -> None:
    """Run the action that the command line names."""
    client = Client(project=PROJECT, database="keys")
    if sys.argv[1] == "make":
        giving(coaching())
        found = {key.id: key.to_dict() for key in client.collection(COLLECTION).stream()}
        KEYS.write_text(json.dumps(found, default=_encoded, indent=1, sort_keys=True) + "\n")
    else:
        for uid, fields in json.loads(KEYS.read_text(), object_hook=_decoded).items():
            client.collection(COLLECTION).document(uid).set(fields)


def _encoded(value: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}


def _decoded(fields: dict[str, Any]) -> Any:
    return base64.b64decode(fields["base64"]) if fields.keys() == {"base64"} else fields


if __name__ == "__main__":
    main()
