"""A callable that does nothing, where ID tokens are verified as in the cloud."""

import json
import os

import firebase_admin
from firebase_admin import _token_gen, credentials

from app.kit.callables import Caller, callable_function
from app.kit.limits import Limit, Limits
from app.kit.model import Message

# A certificate server on this machine in the place of Google's.
_token_gen.ID_TOKEN_CERT_URI = os.environ["CERTIFICATES_URL"]
firebase_admin.initialize_app(
    credentials.Certificate(json.loads(os.environ["SERVICE_ACCOUNT"])),
    {"projectId": os.environ["GOOGLE_CLOUD_PROJECT"], "httpTimeout": 5},
)


MANY = Limit(10**6, 1)
"""More than a benchmark reaches: counted as everywhere, and never used up."""


class Nothing(Message):
    """Neither asks nor answers anything."""


@callable_function(limits=Limits(person=MANY, address=MANY, overall=MANY))
def noop(request: Nothing, caller: Caller) -> Nothing:  # noqa: ARG001  # it uses neither
    """Answer nothing to whoever is signed in."""
    return Nothing()
