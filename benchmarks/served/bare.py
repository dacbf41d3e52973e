"""Functions with nothing of ours in them, to compare with."""

import os
import time
import uuid
from functools import cache

from flask import Request, Response, jsonify
from google.cloud.firestore import Client

WAIT_SECONDS = 0.05


@cache
def _client() -> Client:
    return Client(project=os.environ["GOOGLE_CLOUD_PROJECT"])


def bare(request: Request) -> Response:
    """Read the request and answer."""
    request.get_json()
    return jsonify({"result": {}})


def bare_set(request: Request) -> Response:
    """Set one document to what was sent."""
    _client().collection("bare").document(uuid.uuid4().hex).set(request.get_json()["data"])
    return jsonify({"result": {}})


def bare_create(request: Request) -> Response:
    """Create one document of what was sent."""
    _client().collection("bare").document(uuid.uuid4().hex).create(request.get_json()["data"])
    return jsonify({"result": {}})


def bare_wait(_request: Request) -> Response:
    """Answer after `WAIT_SECONDS`, as what waits for a service does."""
    time.sleep(WAIT_SECONDS)
    return jsonify({"result": {}})
