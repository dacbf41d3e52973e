"""Every function that a client calls has limits, and all instances count a person's together."""

from uuid import uuid4

import pytest

from app.kit import limits
from app.kit.limits import Buckets, Limit, LimitExceededError, Limits
from app.kit.model import IdempotencyKey, Message
from app.platform.operations.idempotency import Operation, once
from tests.support.deployed import Kind, deployed


class Ask(Message):
    idempotency_key: IdempotencyKey


class Told(Message):
    pass


@pytest.mark.usefixtures("surroundings")
def test_every_function_that_a_client_calls_declares_limits():
    called = deployed(Kind.CALLABLE, Kind.PUBLIC_GET, Kind.WEBHOOK, Kind.BLOCKING)

    assert [function.name for function in called if limits.declared(function.name) is None] == []


@pytest.mark.usefixtures("surroundings")
def test_callables_for_people_who_are_signed_in_limit_the_person():
    import inspect

    import main

    signed_in = [
        function.name
        for function in deployed(Kind.CALLABLE)
        if "caller" in inspect.signature(getattr(main, function.name).__wrapped__).parameters
    ]

    assert signed_in
    assert [name for name in signed_in if limits.declared(name).person is None] == []


@pytest.fixture
def carry_out(admin):
    """Carry out a call on one of two instances, each with buckets of its own."""
    few = Limits(person=Limit(4, 600), address=Limit(99, 1), overall=Limit(99, 1))
    limits.declare("test_shared", few)
    instances = Buckets(), Buckets()

    def carry_out(instance, key=None, uid="ann"):
        instances[instance].take("test_shared", f"person {uid}", few.person)
        operation = Operation.of(uid, "test_shared", Ask(idempotency_key=key or str(uuid4())))
        return once(operation, Told, decide=lambda _: (Told(), []))

    return carry_out


def test_all_instances_together_admit_no_more_than_the_limit(carry_out):
    admitted = 0
    for number in range(10):
        try:
            carry_out(number % 2)
        except LimitExceededError:
            continue
        admitted += 1

    assert admitted == 4
    carry_out(0, uid="bob")


def test_a_repeated_call_is_not_counted_again(carry_out):
    key = str(uuid4())
    for number in range(4):
        carry_out(number % 2, key)
    for number in range(3):
        carry_out(number % 2)

    with pytest.raises(LimitExceededError):
        carry_out(0)
