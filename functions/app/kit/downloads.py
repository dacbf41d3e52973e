"""Files that are sent while they are made, so that no size is too large for an instance.

An answer in chunks (RFC 9112 section 7.1) ends with an empty one, which is not sent where making
the file failed: then each client sees that the answer is incomplete, whatever it has of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from flask import Request, Response

from app.kit import http, identity, logs, wire
from app.kit import limits as rate
from app.kit.http import CloudFunction
from app.kit.limits import Limits
from app.kit.model import Message


@dataclass(frozen=True)
class Download:
    """A file on its way.

    Attributes:
        name: what a browser saves it as.
        content_type: its media type.
        parts: its bytes, made as they are asked for.
        headers: what else is said of it; pages of any origin can read these.
    """

    name: str
    content_type: str
    parts: Iterator[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


class BrokenOffError(Exception):
    """Making a file failed after a part of it had been sent. Tells the server to cut the answer."""


def public_download[I: Message](
    *, limits: Limits, **options: Any
) -> Callable[[Callable[[I], Download]], CloudFunction]:
    """Deploy `operation(request) -> Download` as a public read over GET, for any origin.

    The query parameters are parsed into the type of the `request` parameter. What fails before
    the first part is answered as everywhere; a later fault cuts the answer off, without its last
    chunk.

    Args:
        limits: how often it may be called.
        options: fields of `firebase_functions.options.HttpsOptions`.
    """

    def decorate(operation: Callable[[I], Download]) -> CloudFunction:
        name = operation.__name__
        rate.declare(name, limits)
        request_type: type[I] = get_type_hints(operation)["request"]

        def answer(request: Request) -> Response:
            rate.admit_address(name, limits, identity.address(request))
            download = operation(wire.parse(request_type, http.query(request)))
            reply = Response(_watched(name, download.parts), content_type=download.content_type)
            reply.headers.update(download.headers)
            reply.headers["Access-Control-Expose-Headers"] = ", ".join(download.headers)
            reply.headers["Content-Disposition"] = f'attachment; filename="{download.name}"'
            return reply

        endpoint = http.declared(operation, options)
        return http.deploy(operation, ("GET",), answer, any_origin=True, endpoint=endpoint)

    return decorate


def _watched(name: str, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `parts`; where one cannot be made, log why and end without the end of the file."""
    try:
        yield from parts
    except Exception as error:  # noqa: BLE001  # whatever it is, the answer must not look whole
        logs.failure(f"{name} broke off", error, function=name)
        raise BrokenOffError(f"{name} broke off.") from None  # the server logs the text of it
