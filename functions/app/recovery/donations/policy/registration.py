"""Where the charity may ask for gifts.

Most states want a charity to register before it solicits gifts there; Colorado by the Charitable
Solicitations Act (C.R.S. 6-16-104). Gifts are asked for only where a registration is in force, and
where none is, the switch goes off. What runs already is not asked for anew and goes on.
"""

from app.kit.errors import FailedPreconditionError
from app.recovery.donations.models.solicitation import Switch

DEFAULT = Switch(open=True, states=("CO",))
"""What holds until an admin says otherwise: the charity is at home in Colorado."""


def require(switch: Switch, donor_state: str | None) -> None:
    """Refuse a gift that may not be asked for.

    Args:
        switch: what holds now.
        donor_state: where the donor says they are; somebody who does not say came unasked.

    Raises:
        FailedPreconditionError: with the reason `solicitation`, or `state` where it is that.
    """
    if not switch.open:
        raise FailedPreconditionError(
            "New gifts are not taken at the moment.", {"reason": "solicitation"}
        )
    if donor_state is not None and donor_state not in switch.states:
        raise FailedPreconditionError(
            "Gifts cannot be asked for in this state yet.", {"reason": "state"}
        )
