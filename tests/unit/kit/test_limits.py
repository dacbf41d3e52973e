"""What GCRA admits, against a count of what it may, and how much an instance remembers."""

import threading
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import limits
from app.kit.limits import AddressKeys, Buckets, Limit, LimitExceededError, Limits, take

LIMITS = st.builds(Limit, count=st.integers(1, 50), seconds=st.integers(1, 900).map(float))
GAPS = st.lists(st.integers(0, 200_000).map(lambda ms: ms / 1000), min_size=1, max_size=80)
EPSILON = 1e-3


def played(limit: Limit, times: list[float]) -> list[float]:
    """Return at which of `times` a call is admitted."""
    arrival, admitted = None, []
    for now in times:
        try:
            arrival = take(limit, arrival, now)
        except LimitExceededError:
            continue
        admitted.append(now)
    return admitted


def instants(gaps: list[float]) -> list[float]:
    """Return times with these gaps between them."""
    now, times = 1_000_000.0, []
    for gap in gaps:
        now += gap
        times.append(now)
    return times


@given(LIMITS, GAPS)
def test_never_more_is_admitted_than_the_count_and_the_rate(
    limit: Limit, gaps: list[float]
) -> None:
    admitted = played(limit, instants(gaps))

    for first, start in enumerate(admitted):
        for last, end in enumerate(admitted[first:], first):
            allowed = limit.count + Fraction(limit.count) * Fraction(end - start) / Fraction(
                limit.seconds
            )
            assert last - first + 1 <= allowed + Fraction(EPSILON)


@given(LIMITS, GAPS)
def test_whoever_stays_below_the_rate_is_never_refused(limit: Limit, gaps: list[float]) -> None:
    interval = limit.seconds / limit.count
    times = instants([gap + interval for gap in gaps])

    assert played(limit, times) == times


@given(LIMITS)
def test_the_whole_count_is_admitted_at_once_and_not_one_more(limit: Limit) -> None:
    assert len(played(limit, [5.0] * (limit.count + 3))) == limit.count


@given(LIMITS, GAPS)
def test_the_hint_is_the_first_whole_second_that_is_admitted(
    limit: Limit, gaps: list[float]
) -> None:
    arrival: float | None = None
    for now in instants(gaps):
        try:
            arrival = take(limit, arrival, now)
        except LimitExceededError as error:
            wait = error.details["retryAfterSeconds"]
            assert take(limit, arrival, now + wait)
            if wait > 1:
                with pytest.raises(LimitExceededError):
                    take(limit, arrival, now + wait - 1 - EPSILON)


@given(LIMITS, st.integers(1, 10**6))
def test_a_clock_that_goes_back_lets_nobody_call_more_often(limit: Limit, back: int) -> None:
    arrival = None
    for _ in range(limit.count):
        arrival = take(limit, arrival, 2e6)

    with pytest.raises(LimitExceededError):
        take(limit, arrival, 2e6 - back)


def test_an_instance_remembers_no_more_than_its_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CAPACITY", 10)
    buckets, once = Buckets(), Limit(1, 1e6)
    for number in range(25):
        buckets.take("f", f"person {number}", once)

    assert len(buckets._arrivals) == 10  # noqa: SLF001  # what is bounded
    with pytest.raises(LimitExceededError):
        buckets.take("f", "person 24", once)  # the latest is remembered
    buckets.take("f", "person 0", once)  # the earliest is not


def test_whoever_calls_again_is_remembered_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CAPACITY", 2)
    buckets, twice = Buckets(), Limit(2, 1e6)
    for who in ("ann", "bob", "ann", "eve"):
        buckets.take("f", who, twice)

    with pytest.raises(LimitExceededError):
        buckets.take("f", "ann", twice)


def test_a_refused_call_is_not_counted() -> None:
    buckets, once = Buckets(), Limit(1, 0.05)
    buckets.take("f", "ann", once)
    refused = 0
    while True:
        try:
            buckets.take("f", "ann", once)
            break
        except LimitExceededError:
            refused += 1

    assert refused > 0


def test_calls_at_once_are_each_counted() -> None:
    buckets, limit, admitted = Buckets(), Limit(20, 1e6), []

    def call() -> None:
        for _ in range(10):
            try:
                buckets.take("f", "ann", limit)
            except LimitExceededError:
                continue
            admitted.append(1)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(admitted) == 20


@pytest.fixture
def fresh() -> Iterator[None]:
    """No call has been counted."""
    limits.buckets.forget()
    yield
    limits.buckets.forget()


@pytest.mark.usefixtures("fresh")
def test_addresses_are_counted_apart_and_altogether() -> None:
    some = Limits(address=Limit(2, 1e6), overall=Limit(3, 1e6))
    for address in ("a", "a", "b"):
        limits.admit_address("f", some, address)

    with pytest.raises(LimitExceededError):
        limits.admit_address("f", some, "a")
    with pytest.raises(LimitExceededError):
        limits.admit_address("f", some, "c")


def test_an_addresses_key_tells_nothing_and_changes_with_the_instance() -> None:
    one, other = AddressKeys(), AddressKeys()

    assert one.key("203.0.113.7") == one.key("203.0.113.7") != one.key("203.0.113.8")
    assert one.key("203.0.113.7") != other.key("203.0.113.7")
    assert "203.0.113.7" not in one.key("203.0.113.7")
