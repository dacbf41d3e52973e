"""What `main` deploys, told by kind, so that tests of all functions find new ones themselves."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_type_hints

from tests.support.schemas import resolved

if TYPE_CHECKING:
    from app.kit.model import Message


class Kind(StrEnum):
    """How a function is called."""

    CALLABLE = "callable"
    PUBLIC_GET = "public get"
    WEBHOOK = "webhook"
    TASK = "task"
    SCHEDULE = "schedule"
    TRIGGER = "trigger"
    BLOCKING = "blocking"


@dataclass(frozen=True)
class Deployed:
    """One deployed function."""

    name: str
    kind: Kind
    request_type: "type[Message] | None"
    """What its request is parsed into; None where it has none."""
    collection: str
    """The collection whose documents start it; "" unless it is a trigger."""
    open: bool
    """Whether a callable asks nobody to sign in."""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its request."""
        assert self.request_type is not None
        return self.request_type.model_json_schema(by_alias=True)

    @property
    def query(self) -> dict[str, Any]:
        """What the query of a public reading must say: the first of what each field may."""
        schema = resolved(self.schema)
        return {name: schema["properties"][name]["enum"][0] for name in schema.get("required", ())}


def deployed(*kinds: Kind) -> list[Deployed]:
    """Return the functions of these kinds, at least one."""
    import main  # reads the environment

    found = [_described(name, getattr(main, name)) for name in main.FUNCTIONS]
    chosen = [function for function in found if function.kind in kinds]
    assert chosen, f"Nothing of {kinds} is deployed."
    return chosen


def _described(name: str, function: Any) -> Deployed:
    endpoint: Any = function.__firebase_endpoint__
    hints = get_type_hints(function.__wrapped__)
    pattern = ""
    if endpoint.eventTrigger is not None:
        filters = endpoint.eventTrigger["eventFilterPathPatterns"]
        pattern = filters["document"].partition("/")[0]
    open_ = "caller" not in hints
    return Deployed(name, _kind(endpoint, hints), hints.get("request"), pattern, open_)


def _kind(endpoint: Any, hints: dict[str, Any]) -> Kind:  # one line for each
    if endpoint.callableTrigger is not None:
        return Kind.CALLABLE
    if endpoint.taskQueueTrigger is not None:
        return Kind.TASK
    if endpoint.scheduleTrigger is not None:
        return Kind.SCHEDULE
    if endpoint.eventTrigger is not None:
        return Kind.TRIGGER
    if endpoint.blockingTrigger is not None:
        return Kind.BLOCKING
    return Kind.PUBLIC_GET if "request" in hints else Kind.WEBHOOK
