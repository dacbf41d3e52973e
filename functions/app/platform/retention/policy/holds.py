"""How holds are placed and lifted. Pure."""

from datetime import datetime

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.platform.records.register import TYPES
from app.platform.retention.models.holds import RECORDS, Hold, HoldState, PlaceHold, person


def placed(request: PlaceHold, *, by: str, at: datetime) -> Hold:
    """Return the hold that somebody asks for.

    Raises:
        InvalidArgumentError: there is no such record type.
    """
    if request.record_type is not None and request.record_type not in TYPES:
        raise InvalidArgumentError.of("recordType", "is not in the register")
    holding = (
        person(request.subject)
        if request.subject is not None
        else f"{RECORDS}{request.record_type}"
    )
    return Hold(
        subject=request.subject,
        record_type=request.record_type,
        reason=request.reason,
        matter=request.matter,
        holding=holding,
        placed_by=by,
        placed_at=at,
    )


def lifted(hold: Hold, *, by: str, at: datetime) -> Hold:
    """Return a hold one step nearer to its end: asked for by one person, done by another.

    Raises:
        FailedPreconditionError: it was lifted, or the same person asks twice.
    """
    match hold.state:
        case HoldState.PLACED:
            asked = {"state": HoldState.LIFT_ASKED, "lift_asked_by": by, "lift_asked_at": at}
            return hold.model_copy(update=asked)
        case HoldState.LIFT_ASKED:
            if by == hold.lift_asked_by:
                raise FailedPreconditionError("Somebody else has to confirm that it is lifted.")
            done = {"state": HoldState.LIFTED, "holding": "", "lifted_by": by, "lifted_at": at}
            return hold.model_copy(update=done)
        case HoldState.LIFTED:
            raise FailedPreconditionError("This hold was lifted before.")
