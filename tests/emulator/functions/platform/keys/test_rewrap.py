"""The key-encryption key is renewed: keys are wrapped anew, and everything stays readable."""

import threading

import pytest

from app.platform.kms import gateway
from app.platform.kms.gateway import KeyLostError
from app.platform.records import renewal, store, vault
from app.platform.records.key_models import PersonKeys
from app.platform.records.keyring import Keyring
from app.platform.records.vault import Owner, Record
from sandbox.kms.server import KEY_ENCRYPTION_KEY
from tests.support.firestore_proxy import proxied
from tests.support.keks import destroy, new_primary

PEOPLE = ("ann", "bob", "cy")


@pytest.fixture
def sealed(backend):
    """What each person has sealed, under the first version."""
    return {
        uid: vault.seal(record(uid), {"goalsText": f"Of {uid}"}, by=Owner(uid)).fields
        for uid in PEOPLE
    }


def record(uid):
    return Record(uid, f"assessment_records/{uid}")


def opened(uid, sealed):
    return vault.open_now(record(uid), sealed[uid], by=Owner(uid))


def methods(kms):
    return [call["method"] for call in kms.calls()]


def test_keys_are_wrapped_by_the_new_version_and_nothing_else_changes(backend, kms, sealed):
    new_primary(2)
    before = {uid: vault.keyring.keys(uid, create=False) for uid in PEOPLE}

    backend.tick("keys_rewrap")

    assert renewal.versions_in_use() == {f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/2": len(PEOPLE)}
    vault.keyring.forget()
    assert {uid: vault.keyring.keys(uid, create=False) for uid in PEOPLE} == before
    assert all(opened(uid, sealed) == {"goalsText": f"Of {uid}"} for uid in PEOPLE)


def test_the_old_version_is_of_no_use_to_anybody_afterwards(backend, admin, sealed):
    older = {uid: store.load(uid) for uid in PEOPLE}
    new_primary(2)
    backend.tick("keys_rewrap")
    destroy(1)
    vault.keyring.forget()

    assert all(opened(uid, sealed) == {"goalsText": f"Of {uid}"} for uid in PEOPLE)
    for uid in PEOPLE:
        store.change(uid, lambda _, uid=uid: older[uid])  # an older backup is restored
    vault.keyring.forget()
    for uid in PEOPLE:
        with pytest.raises(KeyLostError):
            opened(uid, sealed)


def test_with_nothing_to_wrap_one_query_and_one_kms_call_are_made(backend, kms, sealed):
    kms.reset()

    with proxied() as proxy:
        backend.tick("keys_rewrap")

    assert methods(kms) == ["GetCryptoKey"]
    assert {call.method: n for call, n in proxy.counts().items()} == {"RunQuery": 1}


def test_a_run_is_bounded_and_the_next_one_goes_on(sealed):
    new_primary(2)

    assert [renewal.wrap_anew(2) for _ in range(3)] == [2, 1, 0]


def test_a_run_that_was_killed_leaves_everything_readable_and_the_next_one_goes_on(
    backend, monkeypatch, sealed
):
    new_primary(2)
    change, done = store.change, []

    def killed_after_the_first(uid, how):
        if done:
            raise SystemExit
        done.append(uid)
        return change(uid, how)

    monkeypatch.setattr(store, "change", killed_after_the_first)
    with pytest.raises(SystemExit):
        renewal.wrap_anew(9)
    monkeypatch.undo()
    vault.keyring.forget()

    assert all(opened(uid, sealed) == {"goalsText": f"Of {uid}"} for uid in PEOPLE)
    assert len(renewal.versions_in_use()) == 2
    renewal.wrap_anew(9)
    assert len(renewal.versions_in_use()) == 1


def test_a_key_document_that_says_nothing_of_its_version_is_found_by_the_full_look(sealed):
    store.change("ann", lambda keys: PersonKeys(current=keys.current, versions=keys.versions))
    new_primary(2)

    renewal.wrap_anew(9)
    assert renewal.versions_in_use()[f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/1"] == 1
    assert renewal.wrap_all_anew() == 1
    assert renewal.versions_in_use() == {f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/2": len(PEOPLE)}


def test_a_key_version_that_joins_meanwhile_is_not_lost(monkeypatch, sealed):
    """Compare-and-set: what was wrapped from an older look is not written over a newer one."""
    new_primary(2)
    wrap, raced = gateway.wrap, []

    def wrap_and_be_overtaken(*args, **kwargs):
        wrapped = wrap(*args, **kwargs)
        if not raced:
            raced.append(True)
            renewal.add_version("ann", 2)
        return wrapped

    monkeypatch.setattr(gateway, "wrap", wrap_and_be_overtaken)
    renewal.wrap_anew(9)

    assert store.load("ann").versions.keys() == {"1", "2"}
    assert len(renewal.versions_in_use()) == 1
    vault.keyring.forget()
    assert opened("ann", sealed) == {"goalsText": "Of ann"}


def test_what_is_read_and_sealed_while_keys_are_wrapped_anew_is_right(sealed):
    new_primary(2)
    problems, over = [], threading.Event()

    def use(uid):
        ring_of_another_instance = Keyring()
        while not over.is_set():
            try:
                ring_of_another_instance.forget()
                keys = ring_of_another_instance.keys(uid, create=True)
                if keys != vault.keyring.keys(uid, create=True):
                    problems.append(uid)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is a problem
                problems.append(error)

    threads = [threading.Thread(target=use, args=(uid,)) for uid in PEOPLE]
    for thread in threads:
        thread.start()
    for _ in range(3):
        renewal.wrap_anew(1)
    over.set()
    for thread in threads:
        thread.join()

    assert problems == []
    assert len(renewal.versions_in_use()) == 1
