"""Sealed values against the Firestore emulator and the KMS stand-in."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kit import clock
from app.kit.errors import NotFoundError, UnavailableError
from app.platform.records import store, vault
from app.platform.records.key_models import PersonKeys
from app.platform.records.keyring import ErasedError, Keyring
from app.platform.records.vault import Owner, Purpose, Record, System, TamperedError
from tests.support.patience import SOON_SECONDS, assert_within

RECORD = Record("ann", "assessment_records/a1")
VALUES = {"goalsText": "Élan 🌱\n", "commitmentLevel": 5, "mainChallenges": ["other"]}


@pytest.fixture(autouse=True)
def empty(admin):
    """Databases and stand-ins as new."""


def seal(record, values):
    return vault.seal(record, values, by=Owner(record.uid)).fields


def open_now(record, sealed, *, by):
    return vault.open_now(record, sealed, by=by)


def down(kms, **fault):
    kms.inject({"times": -1, **(fault or {"code": "UNAVAILABLE"})})


@pytest.mark.parametrize(
    "reader", [Owner("ann"), System(Purpose.ANALYSIS)], ids=["owner", "analysis"]
)
def test_values_come_back_exactly(reader):
    assert open_now(RECORD, seal(RECORD, VALUES), by=reader) == VALUES


def test_another_person_does_not_learn_of_it():
    sealed = seal(RECORD, VALUES)

    with pytest.raises(NotFoundError):
        open_now(RECORD, sealed, by=Owner("bob"))


def test_the_system_opens_only_what_its_purpose_needs():
    record = Record("ann", "donations/d1")
    sealed = seal(record, {"dedication": "For Sam"})

    with pytest.raises(NotFoundError):
        open_now(record, sealed, by=System(Purpose.ANALYSIS))


def test_the_same_value_is_sealed_differently_each_time():
    assert seal(RECORD, {"goalsText": 1}) != seal(RECORD, {"goalsText": 1})


@pytest.mark.parametrize(
    ("record", "field"),
    [
        pytest.param(RECORD, "additionalContext", id="another field"),
        pytest.param(Record("ann", "assessment_records/a2"), "goalsText", id="another document"),
        pytest.param(Record("bob", "assessment_records/a1"), "goalsText", id="another person"),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(record, field):
    sealed = seal(RECORD, {"goalsText": 1})
    seal(record, {field: 1})  # the other place has a key of its own

    with pytest.raises(TamperedError):
        open_now(record, {field: sealed["goalsText"]}, by=Owner(record.uid))


def test_a_value_of_another_person_does_not_open_even_under_the_same_key():
    sealed = seal(RECORD, VALUES)
    kept = vault.keyring._kept  # noqa: SLF001  # KMS itself would not unwrap one for the other
    kept["bob"] = kept["ann"]

    with pytest.raises(TamperedError):
        open_now(Record("bob", RECORD.path), sealed, by=Owner("bob"))


def test_no_flipped_byte_opens():
    sealed = seal(RECORD, {"goalsText": 1})["goalsText"]

    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(TamperedError):
            open_now(RECORD, {"goalsText": bytes(changed)}, by=Owner("ann"))


@pytest.mark.parametrize("length", range(31))
def test_no_shortened_value_opens(length):
    sealed = seal(RECORD, {"goalsText": 1})["goalsText"]

    with pytest.raises(TamperedError):
        open_now(RECORD, {"goalsText": sealed[:length]}, by=Owner("ann"))


def test_a_warm_instance_asks_nobody(kms):
    sealed = seal(RECORD, VALUES)
    kms.reset()
    down(kms)

    seal(RECORD, VALUES)
    assert open_now(RECORD, sealed, by=Owner("ann")) == VALUES
    assert kms.calls() == []


def test_a_cold_instance_reads_what_another_wrote(kms):
    sealed = seal(RECORD, VALUES)
    vault.keyring.forget()

    assert open_now(RECORD, sealed, by=Owner("ann")) == VALUES
    assert [call["method"] for call in kms.calls()] == ["Encrypt", "Decrypt"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({}, id="refuses"),
        pytest.param({"delay_seconds": SOON_SECONDS}, id="hangs"),
        pytest.param({"method": "Encrypt", "corrupt": "flip"}, id="lies"),
        pytest.param({"method": "Encrypt", "corrupt": "crc"}, id="wrong checksum"),
        pytest.param({"method": "Encrypt", "corrupt": "unverified"}, id="unchecked"),
        pytest.param({"method": "Encrypt", "corrupt": "wrongname"}, id="other key"),
    ],
)
def test_without_kms_a_cold_instance_says_so_within_two_seconds(admin, kms, fault):
    down(kms, **fault)

    def seal_in_vain():
        with pytest.raises(UnavailableError):
            seal(RECORD, VALUES)

    assert_within(2, seal_in_vain)
    assert list(admin.collections()) == []


def test_everybody_who_waits_for_the_same_key_is_told_within_two_seconds(kms):
    down(kms)

    def wait(_):
        with pytest.raises(UnavailableError):
            seal(RECORD, VALUES)

    def all_wait():
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(wait, range(8)))

    assert_within(2, all_wait)


def test_kms_is_asked_once_however_many_ask(kms):
    seal(RECORD, VALUES)
    vault.keyring.forget()
    kms.reset()

    threads = [threading.Thread(target=seal, args=(RECORD, VALUES)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [call["method"] for call in kms.calls()] == ["Decrypt"]


def test_two_instances_with_a_first_use_at_once_agree_on_one_key():
    rings = [Keyring(), Keyring()]
    meet = threading.Barrier(2)
    keys = []

    def first_use(ring):
        meet.wait()
        keys.append(ring.keys("ann", create=True))

    threads = [threading.Thread(target=first_use, args=(ring,)) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert keys[0] == keys[1]


def test_a_fingerprint_is_the_persons_own():
    assert vault.mac("ann", "test", b"body") == vault.mac("ann", "test", b"body")
    assert vault.mac("ann", "test", b"body") != vault.mac("bob", "test", b"body")
    assert vault.mac("ann", "test", b"body") != vault.mac("ann", "other", b"body")
    assert vault.mac_matches("ann", "test", b"body", vault.mac("ann", "test", b"body"))
    assert not vault.mac_matches("ann", "test", b"other", vault.mac("ann", "test", b"body"))


def test_nobody_gets_a_new_key_after_an_erasure():
    sealed = seal(RECORD, VALUES)
    store.change("ann", lambda _: PersonKeys(current=0, versions={}, erased_at=clock.now()))
    vault.keyring.forget()

    for use in (
        lambda: seal(RECORD, VALUES),
        lambda: vault.mac("ann", "test", b"body"),
        lambda: Keyring().keys("ann", create=True),
    ):
        with pytest.raises(ErasedError):
            use()
    with pytest.raises(NotFoundError):
        open_now(RECORD, sealed, by=Owner("ann"))
    assert store.load("ann").versions == {}
