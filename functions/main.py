"""Every deployed Cloud Function, by domain. The deployed name is the name of the `def`."""

import os

import firebase_admin
from firebase_functions import options

from app.kit import environment, process

environment.refuse_stand_ins()
process.end_with_parent()
firebase_admin.initialize_app(options={"httpTimeout": 5})
options.set_global_options(region="us-central1", memory=512, concurrency=80, timeout_sec=60)

_target = os.environ.get("FUNCTION_TARGET", "")


def _serves(domain: str) -> bool:
    """Whether this process needs `domain`: in production it serves one function, `_target`."""
    return not _target or _target.startswith(f"{domain}_")
