"""Functions of the kit's that few calls exhaust, one of each kind of limit."""

import firebase_admin

from app.kit.callables import Caller, callable_function, open_callable
from app.kit.limits import Limit, Limits
from app.kit.model import Message

PLENTY = Limit(1000, 60)
FEW = Limit(3, 3600)  # in an hour: however slow calls are, none is admitted again meanwhile
firebase_admin.initialize_app()


class Nothing(Message):
    """A request or a response without a field."""


@callable_function(limits=Limits(person=FEW, address=PLENTY, overall=PLENTY))
def by_person(request: Nothing, caller: Caller) -> Nothing:
    """Answer three calls of each person."""
    return request


@open_callable(limits=Limits(address=FEW, overall=PLENTY))
def by_address(request: Nothing) -> Nothing:
    """Answer three calls from each address."""
    return request


@open_callable(limits=Limits(address=PLENTY, overall=FEW))
def by_all(request: Nothing) -> Nothing:
    """Answer three calls altogether."""
    return request
