"""What can go wrong with a webhook delivery or a request to the API."""

from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import Field, model_validator

from sandbox.standin import Fault, Faults

type Kind = Literal[
    "webhook_duplicate",
    "webhook_delay",
    "webhook_drop",
    "webhook_reorder",
    "webhook_twin",
    "webhook_bad_signature",
    "webhook_second_secret",
    "webhook_stale",
    "webhook_future",
    "api_status",
    "api_lost_answer",
    "api_delay",
    "payout_failure",
    "refund_late_balance",
    "refund_pending",
]
NUMBERS = {
    "webhook_duplicate": {"copies"},
    "webhook_delay": {"seconds"},
    "webhook_reorder": {"count"},
    "webhook_stale": {"seconds"},
    "webhook_future": {"seconds"},
    "api_status": {"status"},
    "api_delay": {"seconds"},
    "payout_failure": {"seconds"},
    "refund_late_balance": {"seconds"},
    "refund_pending": {"seconds"},
}
"""The numbers that a kind takes, where it takes any."""


class StripeFault(Fault):
    """One way in which a delivery or a request goes wrong.

    `webhook_duplicate` delivers `copies` at once. `webhook_delay` waits `seconds`. `webhook_drop`
    never delivers. `webhook_reorder` holds this event and the ones after it until there are `count`
    and delivers them backwards. `webhook_twin` tells of one change in two events. A delivery with
    `webhook_bad_signature`, or a time `seconds` back (`webhook_stale`) or ahead (`webhook_future`),
    is repeated rightly when refused; `webhook_second_secret` signs with the other active secret.

    `api_status` executes nothing and answers `status`. `api_lost_answer` executes, then breaks the
    connection. `api_delay` waits `seconds` with the idempotency key in use, then executes.

    `payout_failure` fails the next payout, by default when it should arrive; one that fails later
    was paid first. `refund_late_balance` makes a refund that succeeds and `refund_pending` one that
    waits for funds: its balance transaction is null until `seconds` later, by default 5 days.

    Attributes:
        match: a shell pattern on the event type, such as `charge.*`, or for the API on
            `METHOD /path`, such as `POST /v1/refunds`, for payouts on the id of the connected
            account or `platform`, for refunds on the id of the charge.
    """

    kind: Kind
    match: str = "*"
    seconds: float = Field(default=301, ge=0)
    copies: int = Field(default=2, ge=2)
    count: int = Field(default=2, ge=2)
    status: int = Field(default=500, ge=400, le=599)

    def seconds_or(self, usual: float) -> float:
        """Return the seconds that were given, or what is usual."""
        return self.seconds if "seconds" in self.model_fields_set else usual

    @model_validator(mode="after")
    def _takes_its_numbers(self) -> Self:
        takes = NUMBERS.get(self.kind, set())
        if stray := self.model_fields_set - takes - {"kind", "match", "times"}:
            raise ValueError(
                f"{self.kind} takes {', '.join(takes) or 'no numbers'}, not {', '.join(stray)}"
            )
        if self.kind.endswith("_delay") and "seconds" not in self.model_fields_set:
            raise ValueError(f"{self.kind} needs seconds")
        return self


def take(faults: Faults[StripeFault], kind: Kind, subject: str) -> StripeFault | None:
    """Use up one fault of a kind that concerns `subject`, and return it."""
    return faults.take(lambda f: f.kind == kind and fnmatchcase(subject, f.match))
