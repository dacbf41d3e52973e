"""Task queues: functions that run later, again after a failure, and from nowhere but the queue.

Deployment makes a queue's function private, and the token of each task is checked here again.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast, get_type_hints

from firebase_admin import _http_client, exceptions, functions
from firebase_functions import options as firebase_options
from firebase_functions import tasks_fn
from flask import Request, Response, jsonify
from urllib3.util.retry import Retry

from app.kit import dead_letters, environment, http, wire
from app.kit.errors import InvalidArgumentError, UnavailableError
from app.kit.http import CloudFunction
from app.kit.invokers import require_invoker
from app.kit.model import Message

LIMIT_BYTES = 16 * 1024
ENQUEUE_SECONDS = 5
"""Of each try. The SDK's own patience, 120 s and four more tries of a queue that is down, is longer
than a caller's."""
EMULATED_CONCURRENCY = 2
"""The emulator starts a process for each task that runs beside another."""


def task_queue[M: Message](
    *,
    max_attempts: int = 8,
    min_backoff_seconds: int = 2,
    max_concurrent: int = 20,
    **options: Any,
) -> Callable[[Callable[[M], None]], CloudFunction]:
    """Deploy `operation(request)` as the consumer of the queue of its name.

    Whatever it raises, the task is tried again, and after `max_attempts` kept as a dead letter.
    """
    if environment.emulated():
        max_concurrent = min(max_concurrent, EMULATED_CONCURRENCY)

    def decorate(operation: Callable[[M], None]) -> CloudFunction:
        name = operation.__name__
        request_type: type[M] = get_type_hints(operation)["request"]

        def answer(request: Request) -> Response:
            require_invoker(name, request)
            body = wire.read_json(http.body_of(request, LIMIT_BYTES))
            if not isinstance(body, dict) or "data" not in body:
                raise InvalidArgumentError.of("body", 'must be {"data": ...}')
            try:
                operation(wire.parse(request_type, body["data"]))
            except Exception as error:
                if _attempt(request) < max_attempts:
                    raise
                dead_letters.keep(name, body["data"], error)
            return jsonify({})

        declared: Any = tasks_fn.on_task_dispatched(
            retry_config=firebase_options.RetryConfig(
                max_attempts=max_attempts, min_backoff_seconds=min_backoff_seconds
            ),
            rate_limits=firebase_options.RateLimits(max_concurrent_dispatches=max_concurrent),
            **options,
        )(cast("Any", operation))
        endpoint = declared.__firebase_endpoint__
        return http.deploy(operation, ("POST",), answer, any_origin=False, endpoint=endpoint)

    return decorate


def enqueue(function: str, request: Message, *, name: str | None = None) -> None:
    """Queue `request` for the task queue `function`.

    Args:
        function: the name of the consumer.
        request: ids only; a queue keeps no personal data.
        name: letters, digits, `-` and `_`; a second task of the same name is not queued.

    Raises:
        UnavailableError: the queue does not answer.
    """
    queue = functions.task_queue(f"locations/{environment.REGION}/functions/{function}")
    queue._http_client = _client(queue._credential)  # noqa: SLF001  # it takes no other
    options = functions.TaskOptions(task_id=name) if name else None
    try:
        queue.enqueue({"data": http.to_json(request)}, options)
    except (exceptions.AlreadyExistsError, exceptions.ConflictError):
        return
    except ValueError:
        # With a name, the SDK queues the task and then fails to parse the emulator's answer.
        if name is None or not environment.emulated():
            raise
    except exceptions.FirebaseError as error:
        raise UnavailableError("Work cannot be queued right now. Try again.") from error


@cache
def _client(credential: Any) -> Any:
    """Return what speaks to the queues, and tries once more where the connection or they fail."""
    retries = Retry(
        connect=1,
        read=1,
        status=1,
        status_forcelist=[500, 503],
        allowed_methods=None,
        raise_on_status=False,
    )
    return _http_client.JsonHttpClient(
        credential=credential, retries=retries, timeout=ENQUEUE_SECONDS
    )


def _attempt(request: Request) -> int:
    """Return which try this is, from 1."""
    count = request.headers.get("X-CloudTasks-TaskRetryCount", "0")
    return int(count) + 1 if count.isdecimal() else 1
