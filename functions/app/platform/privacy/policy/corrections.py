"""What may be corrected, and until when it is decided. Pure."""

from datetime import datetime, timedelta

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.platform.privacy.models.corrections import Correction, CorrectionState, RequestCorrection
from app.platform.records.models import RecordType
from app.platform.records.register import TYPES

DECIDED_WITHIN = timedelta(days=30)
"""The month of GDPR art. 12(3), which is shorter than the 60 days of 45 CFR 164.526(b)(2)."""


def kind_of(request: RequestCorrection) -> RecordType:
    """Return the type of the record that a request is about.

    What can be corrected is what is kept sealed in a record that its person may see.

    Raises:
        InvalidArgumentError: names the field that no correction can be about.
    """
    kind = TYPES.get(request.record_type)
    if kind is None or kind.access is None or not kind.exported or kind.collection == "corrections":
        raise InvalidArgumentError.of("recordType", "is none that can be corrected")
    if request.field not in kind.access.fields:
        raise InvalidArgumentError.of("field", "is none that can be corrected in such a record")
    return kind


def requested(
    request: RequestCorrection, uid: str, sealed: dict[str, bytes], at: datetime
) -> Correction:
    """Return the correction that a person asks for."""
    return Correction(
        uid=uid,
        record_type=request.record_type,
        record_id=request.record_id,
        field=request.field,
        requested_at=at,
        due_at=at + DECIDED_WITHIN,
        sealed=sealed,
    )


def require_open(correction: Correction, by: str) -> None:
    """Refuse to decide what is decided, or is one's own.

    Raises:
        FailedPreconditionError: it is.
    """
    if correction.state is not CorrectionState.REQUESTED:
        raise FailedPreconditionError("This was decided before.")
    if correction.uid == by:
        raise FailedPreconditionError("Somebody else has to decide what you asked for.")


def decided(
    correction: Correction, *, accepted: bool, answer: dict[str, bytes], by: str, at: datetime
) -> Correction:
    """Return a correction that was decided."""
    state = CorrectionState.ACCEPTED if accepted else CorrectionState.DENIED
    return correction.model_copy(
        update={
            "state": state,
            "decided_at": at,
            "decided_by": by,
            "sealed": {**correction.sealed, **answer},
        }
    )
