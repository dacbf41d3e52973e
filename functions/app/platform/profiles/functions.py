"""The callables of profiles."""

from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import InvalidArgumentError
from app.kit.limits import READS, WRITES
from app.platform.operations.idempotency import Operation, once
from app.platform.profiles import store
from app.platform.profiles.models import GetProfile, ProfileAnswer, ProfileUpdated, UpdateProfile
from app.platform.profiles.policy.completion import completion
from app.platform.profiles.policy.context import context
from app.platform.records.vault import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=READS)
def profiles_get(
    request: GetProfile,  # noqa: ARG001  # its type is what refuses unknown fields
    caller: Caller,
) -> ProfileAnswer:
    """Answer the caller's profile, its completion, and what a prompt may tell of it.

    One read and one commit.
    """
    profile = store.opened(caller.uid, by=Owner(caller.uid))
    present = profile.model_dump(by_alias=True, exclude_none=True)
    return ProfileAnswer(
        profile=profile,
        completion=completion(present.keys()),
        coaching_context=context(profile),
    )


@callable_function(limits=WRITES)
def profiles_update(request: UpdateProfile, caller: Caller) -> ProfileUpdated:
    """Set the fields that the request holds, clear those that it names, and touch no others.

    One batched read and one commit. Errors: `invalid-argument` naming each wrong field.
    """
    operation = Operation.of(caller.uid, "profiles_update", request)
    given = request.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"idempotency_key", "clear"}
    )
    if both := [field for field in request.clear if field in given]:
        raise InvalidArgumentError.of("clear", f"names {both[0]}, which is to be set too")
    values = given | dict.fromkeys(map(str, request.clear))

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[ProfileUpdated, Sequence[Write]]":
        writes, present = store.changed(seen[0], values, clock.now())
        return ProfileUpdated(completion=completion(present)), writes

    return once(operation, ProfileUpdated, reads=(store.profiles.key(caller.uid),), decide=decide)
