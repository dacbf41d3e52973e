"""Writing for a person: by the model, or by the rules whenever it must not or cannot write."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.coaching.generation.models import Generated, Source
from app.coaching.generation.policy import MODEL_ATTEMPTS
from app.kit import logs
from app.kit.errors import UnavailableError
from app.kit.model import Message
from app.platform.accounts import gateway as accounts
from app.platform.model import crisis, gateway
from app.platform.model.models import ModelFaultError, Resource

DEADLINE_SECONDS = 14.0
"""Of all calls that writing needs: of the 20 seconds in which everything ends, whatever fails."""
MODEL_DEADLINE_SECONDS = 12.0


@dataclass(frozen=True)
class Prompt[T: Message]:
    """What the model is asked: the schema of its answer, our instruction, the person's data."""

    schema: type[T]
    instruction: str
    content: str


@dataclass(frozen=True)
class Written[T: Message]:
    """What was written, who wrote it, and where help is if the person's words call for it."""

    text: T
    source: Source
    resources: tuple[Resource, ...]


def write[T: Message](
    prompt: Prompt[T] | None,
    *,
    live: Generated,
    own_words: Sequence[str],
    identifiers: Sequence[str],
    by_rules: Callable[[], T],
) -> Written[T]:
    """Return what the model answers to `prompt`, or what `by_rules` does.

    The rules write when `own_words` speak of a crisis, with the resources for it; when the person
    has not consented to it that a model reads them; when the model was asked in `MODEL_ATTEMPTS`
    starts before; on any fault of the model; and when the account cannot be looked up, since the
    model may not learn who the person is.

    Args:
        prompt: what the model is asked; None without the person's consent.
        live: the claimed document.
        own_words: all that the person wrote, screened before the model sees any of it.
        identifiers: ids of the person, taken out of the content wherever they stand, as are the
            name, e-mail address and phone number of the account.
        by_rules: writes in the same schema.
    """
    match = crisis.screen(own_words)
    if match is not None:
        return Written(by_rules(), Source.RULES, match.resources)
    if prompt is None or live.attempts > MODEL_ATTEMPTS:
        return Written(by_rules(), Source.RULES, ())
    end = time.monotonic() + DEADLINE_SECONDS
    try:
        known = accounts.identifiers(live.uid)
        text = gateway.generate(
            prompt.schema,
            instruction=prompt.instruction,
            content=prompt.content,
            deadline_seconds=min(MODEL_DEADLINE_SECONDS, end - time.monotonic()),
            identifiers=(*identifiers, *known),
        )
    except (ModelFaultError, UnavailableError) as fault:
        reason = fault.reason if isinstance(fault, ModelFaultError) else "account unavailable"
        logs.write(logs.Severity.WARNING, "The model did not write", reason=reason)
        return Written(by_rules(), Source.RULES, ())
    return Written(text, Source.MODEL, ())
