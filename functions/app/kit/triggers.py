"""Functions that documents and schedules start.

Deliveries repeat, overlap and come late, so a handler is given only the ids in the document's
path: it reads the current state, and what it does once is guarded by that state. In the emulator
nothing is retried, and in the cloud only for `GIVE_UP_AFTER`: whatever a trigger starts, a sweep
can start again.
"""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from firebase_functions import firestore_fn, scheduler_fn
from flask import Request, Response

from app.kit import clock, dead_letters, http, logs
from app.kit.http import CloudFunction
from app.kit.invokers import require_invoker

GIVE_UP_AFTER = timedelta(hours=1)

type Handler = Callable[..., None]


class RetryLaterError(Exception):
    """Asks for the event once more. It says nothing, since the platform logs its text."""


def on_created(document: str, **options: Any) -> Callable[[Handler], CloudFunction]:
    """Deploy `handler(*ids)` to run when a document matching the path pattern is created."""
    return _on(firestore_fn.on_document_created, document, options)


def on_written(document: str, **options: Any) -> Callable[[Handler], CloudFunction]:
    """Deploy `handler(*ids)` to run when a document matching the path pattern is written."""
    return _on(firestore_fn.on_document_written, document, options)


def schedule(when: str, **options: Any) -> Callable[[Callable[[], None]], CloudFunction]:
    """Deploy `handler()` to run at `when`, in the syntax of Cloud Scheduler (UTC)."""

    def decorate(handler: Callable[[], None]) -> CloudFunction:
        def answer(request: Request) -> Response:
            require_invoker(handler.__name__, request)
            handler()
            return Response(status=204)

        endpoint = scheduler_fn.on_schedule(schedule=when, **options)(
            cast("Any", handler)
        ).__firebase_endpoint__  # type: ignore[attr-defined]  # declared, never called
        return http.deploy(handler, ("POST",), answer, any_origin=False, endpoint=endpoint)

    return decorate


def _on(declare: Any, document: str, options: dict[str, Any]) -> Callable[[Handler], CloudFunction]:
    def decorate(handler: Handler) -> CloudFunction:
        name = handler.__name__

        @functools.wraps(handler)
        def handle(event: Any) -> None:
            try:
                handler(*event.params.values())
            except Exception as error:  # noqa: BLE001  # nothing of it may reach the platform's log
                logs.failure(f"{name} failed", error, function=name)
                if clock.now() - event.time < GIVE_UP_AFTER:
                    raise RetryLaterError from None
                dead_letters.keep(name, dict(event.params), error)
            else:
                logs.write(logs.Severity.INFO, name, function=name)

        deployed = declare(document=document, **options)(handle)
        # Firestore's decorators know no such option; without it a failed delivery is dropped.
        deployed.__firebase_endpoint__.eventTrigger["retry"] = True
        return cast("CloudFunction", deployed)

    return decorate
