"""Stands in front of the Storage emulator, which ignores preconditions, and keeps them.

Everything is passed on as it is, but for requests with `ifGenerationMatch`: they reach the
emulator only if the object has that generation (0: if there is none), and no other request that
writes comes between the look and the write. Other preconditions are refused, so that nobody relies
on them here.

What is in the ledger's bucket it serves at `/{bucket}/{name}` to pages of any origin, as the
bucket's own configuration says.
"""

import json
import re
import threading
import time
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote, urlencode

import requests
from pydantic import Field, model_validator

from sandbox.http import (
    DroppedConnectionError,
    RefusedError,
    Request,
    Response,
    Route,
    Server,
    json_response,
)
from sandbox.standin import Fault, Faults

BUCKET = "demo-evergrow-audit"
"""Where the audit log's anchors go. The emulator makes buckets when they are first used."""
PUBLIC_BUCKET = "demo-evergrow-ledger"
"""Where the public log of the ledger is."""
CORS = json.loads((Path(__file__).parents[1] / "ledger-bucket.cors.json").read_text())[0]
"""The configuration that the public bucket gets in the cloud too (docs/operations.md)."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WAIT_SECONDS = 30
CONDITION = "ifGenerationMatch"
NOT_KEPT = ("ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")

_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")
_OBJECT = re.compile(r"/(?:download/)?storage/v1/b/([^/]+)/o/([^/]+)")
_NOT_PASSED_ON = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}


class StorageFault(Fault):
    """What a request to Storage meets.

    Attributes:
        method: only this HTTP method; without it, every one.
        status: the HTTP status to fail with.
        after: whether the request takes effect, and its answer is lost.
        delay_seconds: waits first.
    """

    method: str | None = None
    status: int | None = Field(default=None, ge=400, le=599)
    after: bool = False
    delay_seconds: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        if not (self.status or self.after or self.delay_seconds):
            raise ValueError("needs status, after or delay_seconds")
        if self.method is not None and self.method not in METHODS:
            raise ValueError(f"method is none of {', '.join(METHODS)}")
        return self


class StorageProxy:
    """The Storage emulator at `target` (a URL), with preconditions. Objects stay there.

    Args:
        target: the emulator; it may start later.
        port: 0 takes a free one.
    """

    def __init__(self, target: str, *, port: int = 0) -> None:
        self._target = target.rstrip("/")
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._faults = Faults(StorageFault)
        self._calls: list[dict[str, Any]] = []
        self._written: set[tuple[str, str]] = set()
        self._server = Server(
            [
                Route("GET", f"/{PUBLIC_BUCKET}/{{rest}}", self._public),
                Route("OPTIONS", f"/{PUBLIC_BUCKET}/{{rest}}", self._preflight),
                *(Route(method, "{rest}", self._answer) for method in METHODS),
            ],
            port=port,
        )

    def start(self) -> Self:
        """Serve."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()

    def environment(self) -> dict[str, str]:
        """Return where it listens, and the names of buckets."""
        return {
            "STORAGE_API_BASE": self._server.url,
            "AUDIT_BUCKET": BUCKET,
            "LEDGER_BUCKET": PUBLIC_BUCKET,
            "LEDGER_URL": f"{self._server.url}/{PUBLIC_BUCKET}",
        }

    def status(self) -> dict[str, Any]:
        """Return the number of requests so far, and the faults to come."""
        with self._lock:
            return {"calls": len(self._calls), "faults": self._faults.waiting()}

    def calls(self) -> list[dict[str, Any]]:
        """Return method, path and precondition of each request, and the status it got."""
        with self._lock:
            return list(self._calls)

    def inject(self, fault: dict[str, Any]) -> None:
        """Queue a `StorageFault`."""
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget faults and calls; empty the buckets, and delete what came with a precondition."""
        self._faults.clear()
        with self._lock:
            self._calls.clear()
            written, self._written = self._written, set()
        for bucket in (BUCKET, PUBLIC_BUCKET):
            listed = requests.get(f"{self._target}/storage/v1/b/{bucket}/o", timeout=WAIT_SECONDS)
            # An earlier process of tests may have left some there.
            written |= {(bucket, found["name"]) for found in listed.json().get("items", [])}
        for bucket, name in written:
            requests.delete(self._url(bucket, name), timeout=WAIT_SECONDS)

    def _answer(self, request: Request) -> Response:
        call = {
            "method": request.method,
            "path": request.path,
            "condition": request.query.get(CONDITION),
            "status": 0,
        }
        with self._lock:
            self._calls.append(call)
        fault = self._faults.take(lambda waiting: waiting.method in {None, request.method})
        time.sleep(fault.delay_seconds if fault else 0)
        if fault and fault.status and not fault.after:
            call["status"] = fault.status
            return json_response(
                {"error": {"code": fault.status, "message": "Injected."}}, fault.status
            )
        answer = self._kept(request)
        call["status"] = answer.status
        if fault and fault.after:
            raise DroppedConnectionError
        return answer

    def _public(self, request: Request) -> Response:
        """Return an object of the public bucket, for pages of any origin."""
        answer = self._answer(request)
        exposed = {
            "Access-Control-Allow-Origin": CORS["origin"][0],
            "Access-Control-Expose-Headers": ", ".join(CORS["responseHeader"]),
        }
        if "origin" in request.headers:
            answer.headers.update(exposed)
        return answer

    def _preflight(self, _: Request) -> Response:
        """Say what pages of other origins may do with objects of the public bucket."""
        headers = {
            "Access-Control-Allow-Origin": CORS["origin"][0],
            "Access-Control-Allow-Methods": ", ".join(CORS["method"]),
            "Access-Control-Allow-Headers": ", ".join(CORS["responseHeader"]),
            "Access-Control-Max-Age": str(CORS["maxAgeSeconds"]),
        }
        return Response(headers=headers)

    def _kept(self, request: Request) -> Response:
        """Return the emulator's answer to a request, if its precondition holds."""
        if unknown := [name for name in NOT_KEPT if name in request.query]:
            raise RefusedError(501, f"The stand-in does not keep {', '.join(unknown)}.")
        if request.method == "GET" and CONDITION not in request.query:
            return self._passed_on(request)
        with self._writing:
            if (wanted := request.query.get(CONDITION)) is not None:
                place = _place(request)
                if wanted != str(self._generation(*place)):
                    return json_response(_unmet(), 412)
                self._written.add(place)
            return self._passed_on(request)

    def _url(self, bucket: str, name: str) -> str:
        return f"{self._target}/storage/v1/b/{quote(bucket)}/o/{quote(name, safe='')}"

    def _generation(self, bucket: str, name: str) -> int:
        found = requests.get(self._url(bucket, name), timeout=WAIT_SECONDS)
        if found.status_code == requests.codes.not_found:
            return 0
        found.raise_for_status()
        return int(found.json()["generation"])

    def _passed_on(self, request: Request) -> Response:
        kept = {n: text for n, text in request.headers.items() if n not in _NOT_PASSED_ON}
        query = f"?{urlencode(request.query)}" if request.query else ""
        answer = requests.request(
            request.method,
            f"{self._target}{request.path}{query}",
            data=request.body,
            headers=kept | {"Accept-Encoding": "identity"},
            timeout=WAIT_SECONDS,
            allow_redirects=False,
        )
        headers = {n: v for n, v in answer.headers.items() if n.lower() not in _NOT_PASSED_ON}
        content_type = headers.pop("Content-Type", "application/octet-stream")
        return Response(answer.content, answer.status_code, content_type, headers)


def _place(request: Request) -> tuple[str, str]:
    """Return bucket and name of the object that a request is about."""
    if found := _OBJECT.fullmatch(request.path):
        return unquote(found[1]), unquote(found[2])
    if found := _UPLOAD.fullmatch(request.path):
        match request.query.get("uploadType"):
            case "media":
                return unquote(found[1]), request.query["name"]
            case "multipart":
                return unquote(found[1]), _name_in_metadata(request)
    raise RefusedError(501, f"The stand-in does not keep {CONDITION} here.")


def _name_in_metadata(request: Request) -> str:
    """Return the name in the first part of a multipart upload."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    metadata = json.loads(next(message.iter_parts()).get_content())
    return str(metadata.get("name") or request.query["name"])


def _unmet() -> dict[str, Any]:
    """Return what Cloud Storage says where a precondition does not hold."""
    message = "At least one of the pre-conditions you specified did not hold."
    reason = {"message": message, "domain": "global", "reason": "conditionNotMet"}
    return {"error": {"code": 412, "message": message, "errors": [reason]}}
