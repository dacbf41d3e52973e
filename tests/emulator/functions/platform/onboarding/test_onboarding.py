"""People are shown what to do next, and come back to where they left."""

import threading
from uuid import uuid4

import pytest

from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.patience import SOON_SECONDS

ENTERED = {"email_verified": True}


@pytest.fixture
def read(call):
    return lambda uid="ann", locale="en", **claims: call(
        "onboarding_get", {"locale": locale}, uid=uid, **{**ENTERED, **claims}
    )


@pytest.fixture
def answer(call):
    def answer(*products, uid="ann", key=None, **data):
        data = {"products": list(products), "idempotencyKey": key or str(uuid4()), **data}
        return call("onboarding_answer", data, uid=uid, **ENTERED)

    return answer


@pytest.fixture
def mark(call):
    def mark(step, outcome="done", uid="ann", key=None, **claims):
        data = {"step": step, "outcome": outcome, "idempotencyKey": key or str(uuid4())}
        return call("onboarding_mark_step", data, uid=uid, **{**ENTERED, **claims})

    return mark


def states(answer):
    return {each["step"]: each["state"] for each in answer["steps"]}


def test_before_anything_was_told_steps_come_from_roles_and_nothing_is_stored(read, admin):
    answer = read(roles=["donor"])

    assert states(answer) == {
        "accept_terms": "done",
        "verify_email": "done",
        "answer_questions": "open",
        "complete_profile": "open",
        "make_gift": "open",
        "see_ledger": "open",
    }
    assert answer["answers"] is None
    assert not answer["finished"]
    assert list(admin.collection("onboarding").stream()) == []


def test_the_next_step_is_told_with_its_reason_in_either_language(read):
    in_english, in_spanish = (read(locale=locale)["next"] for locale in ("en", "es"))

    assert (in_english["step"], in_english["reason"]) == ("answer_questions", "finds_your_steps")
    assert in_english["text"].startswith("Tell us")
    assert in_spanish["text"].startswith("Díganos")


def test_what_a_token_shows_needs_no_mark(read, call):
    data = {"products": ["giving"], "idempotencyKey": str(uuid4())}
    with pytest.raises(CallError):
        call("onboarding_answer", data, uid="ann", termsVersion=None)

    assert read(termsVersion=None)["next"]["step"] == "accept_terms"
    assert read(termsVersion="2025-01-01")["next"]["step"] == "accept_terms"
    assert read(email_verified=False)["next"]["step"] == "verify_email"
    assert read(roles=["admin"])["next"]["step"] == "add_second_factor"


def test_who_comes_back_finds_what_they_told(answer, mark, read):
    answer("recovery_support", "coaching", first="recovery_support")
    mark("complete_profile", "skipped")
    marked = mark("decide_who_sees_records")

    assert read() == marked
    assert marked["answers"] == {
        "products": ["coaching", "recovery_support"],
        "first": "recovery_support",
        "pace": "everything",
    }
    assert states(marked) == {
        "accept_terms": "done",
        "verify_email": "done",
        "answer_questions": "done",
        "complete_profile": "skipped",
        "decide_who_sees_records": "done",
        "decide_on_processing": "open",
        "take_assessment": "open",
        "generate_plan": "blocked",
    }
    assert marked["next"]["step"] == "decide_on_processing"


def test_new_answers_keep_what_was_marked(answer, mark, read):
    answer("giving")
    mark("make_gift")
    answer("coaching")
    assert "make_gift" not in states(read())
    answer("giving", pace="essentials")

    assert states(read())["make_gift"] == "done"
    assert read()["finished"]
    assert read()["next"] is None


def test_what_is_wrong_is_refused_by_name_and_changes_nothing(answer, mark, read):
    answer("giving")
    before = read()

    def fields(act, *args, **kwargs):
        with pytest.raises(CallError) as refused:
            act(*args, **kwargs)
        return refused.value.fields

    assert fields(answer, "coaching", first="giving") == ["first"]
    assert fields(answer) == ["products"]
    assert fields(answer, "gambling") == ["products.0", "products"]
    assert fields(answer, "coaching", pace="slow") == ["pace"]
    assert fields(mark, "win") == ["step"]
    assert fields(mark, "take_assessment") == ["step"]
    assert fields(mark, "make_gift", "maybe") == ["outcome"]
    assert fields(mark, "verify_email", "skipped") == ["outcome"]
    assert fields(mark, "answer_questions", "done") == ["outcome"]
    assert read() == before


def test_a_repeat_changes_nothing_and_a_key_is_for_one_request(answer, mark, admin):
    key = str(uuid4())
    answer("giving")
    first = mark("make_gift", key=key)
    revision = admin.document("onboarding/ann").get().get("revision")

    assert mark("make_gift", key=key) == first
    mark("make_gift")
    mark("make_gift", "skipped")
    assert admin.document("onboarding/ann").get().get("revision") == revision
    with pytest.raises(CallError) as refused:
        mark("see_ledger", key=key)
    assert refused.value.fields == ["idempotencyKey"]


def at_once(*acts):
    """Do things at once: each has read before any commits."""
    both, met = threading.Barrier(len(acts)), threading.local()

    def around(method, send):
        if method == "commit" and not getattr(met, "once", False):
            met.once = True
            both.wait(SOON_SECONDS)
        return send()

    with tapped(around):
        threads = [threading.Thread(target=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON_SECONDS)


@pytest.mark.parametrize("fresh", [True, False])
def test_of_two_marks_at_once_neither_is_lost(mark, read, fresh):
    donor = {"roles": ["donor"]}
    if not fresh:
        mark("complete_profile", "skipped", **donor)
    at_once(lambda: mark("make_gift", **donor), lambda: mark("see_ledger", **donor))

    found = states(read(**donor))
    assert found["make_gift"] == found["see_ledger"] == "done"


@pytest.mark.parametrize("fresh", [True, False])
def test_of_an_answer_and_a_mark_at_once_neither_is_lost(answer, mark, read, fresh):
    if not fresh:
        answer("coaching")
    at_once(lambda: answer("giving"), lambda: mark("complete_profile", "skipped"))

    assert read()["answers"]["products"] == ["giving"]
    assert states(read())["complete_profile"] == "skipped"


def test_each_time_it_is_opened_or_kept_is_audited(answer, mark, read, admin):
    answer("giving")
    mark("make_gift")
    mark("make_gift")
    read()
    entries = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]

    touched = [e["action"] for e in entries if e["touched"][0]["path"] == "onboarding/ann"]
    assert sorted(touched) == ["read", "read", "read", "write", "write"]


def test_answers_and_marks_are_sealed_and_nobody_elses(answer, mark, read):
    before = read("mallory")
    answer("recovery_support")
    mark("decide_who_sees_records")
    stored = str(export())

    assert "onboarding" in stored
    assert "recovery_support" not in stored
    assert "decide_who_sees_records" not in stored
    assert read("mallory") == before
    with pytest.raises(CallError):
        mark("decide_who_sees_records", uid="mallory")
    assert read("mallory") == before
