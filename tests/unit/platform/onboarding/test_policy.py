"""Which steps somebody is offered, and which is next."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import InvalidArgumentError
from app.kit.locale import Locale
from app.kit.roles import Role
from app.platform.onboarding.models import (
    Answers,
    Outcome,
    Pace,
    Product,
    Progress,
    Reason,
    Step,
    StepState,
)
from app.platform.onboarding.policy import (
    RULES,
    Fact,
    Standing,
    marked,
    next_step,
    offered,
    settled,
    states,
)
from app.platform.onboarding.texts import TEXTS

EVERYBODY = "accept_terms verify_email answer_questions complete_profile"
ENTERED = frozenset({Fact.TERMS, Fact.EMAIL})


def steps(
    roles: str = "", products: str = "", first: str | None = None, pace: str = "everything"
) -> str:
    answers: Answers | None = None
    if products:
        chosen = tuple(map(Product, products.split()))
        answers = Answers(products=chosen, first=Product(first) if first else None, pace=Pace(pace))
    rules = offered(frozenset(map(Role, roles.split())), answers)
    return " ".join(rule.step for rule in rules)


STAFF = "accept_terms verify_email add_second_factor answer_questions complete_profile"
COACHED = "decide_on_processing take_assessment generate_plan"
OFFERED = {
    "donor": f"{EVERYBODY} make_gift see_ledger",
    "beneficiary": f"{EVERYBODY} decide_who_sees_records",
    "client": f"{EVERYBODY} {COACHED}",
    "coach": f"{EVERYBODY} read_what_is_shared",
    "partner": f"{EVERYBODY} read_what_is_shared see_ledger",
    "vendor": EVERYBODY,
    "org_admin": EVERYBODY,
    "org_member": EVERYBODY,
    "reviewer": STAFF,
    "finance": STAFF,
    "support": STAFF,
    "admin": STAFF,
    "": EVERYBODY,
}


@pytest.mark.parametrize(("roles", "expected"), OFFERED.items())
def test_a_role_is_offered_its_steps(roles: str, expected: str) -> None:
    assert steps(roles) == expected


def test_no_role_is_forgotten() -> None:
    assert OFFERED.keys() == {*Role, ""}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"products": "coaching"}, f"{EVERYBODY} {COACHED}"),
        ({"products": "giving"}, f"{EVERYBODY} make_gift see_ledger"),
        ({"products": "recovery_support"}, f"{EVERYBODY} decide_who_sees_records"),
        ({"products": "partner"}, f"{EVERYBODY} see_ledger"),
        (
            {"products": "coaching giving", "first": "giving"},
            f"{EVERYBODY} make_gift see_ledger {COACHED}",
        ),
        ({"products": "coaching giving"}, f"{EVERYBODY} {COACHED} make_gift see_ledger"),
        (
            {"products": "giving", "pace": "essentials"},
            "accept_terms verify_email answer_questions make_gift",
        ),
        (
            {"roles": "client", "products": "giving", "first": "giving"},
            f"{EVERYBODY} make_gift see_ledger {COACHED}",
        ),
    ],
)
def test_answers_add_and_order_steps(chosen: dict[str, str], expected: str) -> None:
    assert steps(**chosen) == expected


@pytest.mark.parametrize(
    ("roles", "facts", "done", "skipped", "expected"),
    [
        ("", "", "", "", "accept_terms"),
        ("", "email", "", "", "accept_terms"),
        ("", "terms", "", "", "verify_email"),
        ("admin", "terms email", "", "", "add_second_factor"),
        ("admin", "terms email second_factor", "", "", "answer_questions"),
        ("client", "terms email answered", "", "", "complete_profile"),
        ("client", "terms email", "", "answer_questions complete_profile", "decide_on_processing"),
        (
            "client",
            "terms email answered",
            "complete_profile decide_on_processing",
            "",
            "take_assessment",
        ),
        (
            "client",
            "terms email answered",
            "complete_profile decide_on_processing take_assessment",
            "",
            "generate_plan",
        ),
        (
            "client",
            "terms email answered",
            "complete_profile decide_on_processing",
            "take_assessment",
            None,
        ),
        ("", "terms email answered", "complete_profile", "", None),
    ],
)
def test_the_next_step_is_the_best_that_can_be_taken(
    roles: str, facts: str, done: str, skipped: str, expected: str | None
) -> None:
    standing = Standing(
        frozenset(map(Role, roles.split())),
        frozenset(map(Fact, facts.split())),
        progress=Progress(
            done=frozenset(map(Step, done.split())), skipped=frozenset(map(Step, skipped.split()))
        ),
    )
    best = next_step(states(standing))

    assert (best and best.step) == expected


def test_who_answered_has_done_that_step() -> None:
    standing = Standing(frozenset(), ENTERED, Answers(products=(Product.GIVING,)))

    assert {rule.step: state for rule, state in states(standing)}[Step.ANSWER_QUESTIONS] == "done"


def test_what_waits_for_a_skipped_step_is_blocked() -> None:
    progress = Progress(skipped=frozenset({Step.TAKE_ASSESSMENT}))
    found = states(Standing({Role.CLIENT}, ENTERED, progress=progress))

    assert {rule.step: state for rule, state in found}[Step.GENERATE_PLAN] == "blocked"


@pytest.mark.parametrize(
    ("step", "outcome", "field"),
    [
        (Step.MAKE_GIFT, Outcome.DONE, "step"),
        (Step.MAKE_GIFT, Outcome.SKIPPED, "step"),
        (Step.ADD_SECOND_FACTOR, Outcome.DONE, "step"),
        (Step.ACCEPT_TERMS, Outcome.DONE, "outcome"),
        (Step.ACCEPT_TERMS, Outcome.SKIPPED, "outcome"),
        (Step.VERIFY_EMAIL, Outcome.SKIPPED, "outcome"),
        (Step.ANSWER_QUESTIONS, Outcome.DONE, "outcome"),
    ],
)
def test_what_cannot_be_marked_is_refused_by_name(step: Step, outcome: Outcome, field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        marked(Standing({Role.CLIENT}, ENTERED), step, outcome)

    assert [each["field"] for each in refused.value.details] == [field]


def test_what_matters_most_is_among_what_they_came_for() -> None:
    with pytest.raises(InvalidArgumentError, match="first"):
        settled(Answers(products=(Product.GIVING,), first=Product.COACHING))


def test_answers_are_kept_in_one_form() -> None:
    orders = permutations((Product.GIVING, Product.COACHING, Product.GIVING))

    assert {settled(Answers(products=order)).products for order in orders} == {
        (Product.COACHING, Product.GIVING)
    }


def test_each_step_has_one_rule_and_each_reason_a_text_in_each_language() -> None:
    assert sorted(rule.step for rule in RULES) == sorted(Step)
    assert [rule.priority for rule in RULES] == sorted({rule.priority for rule in RULES})
    for locale in Locale:
        assert TEXTS[locale].keys() == set(Reason)
        assert len(set(TEXTS[locale].values())) == len(Reason)


def test_whatever_a_step_waits_for_comes_before_it_and_is_offered_with_it() -> None:
    for rule in RULES:
        before = [other for other in RULES if other.step in rule.after]
        for other in before:
            assert other.priority < rule.priority
            assert not other.extra
            everybody = not other.roles | other.products
            assert everybody or (rule.roles <= other.roles and rule.products <= other.products)


answered = st.none() | st.builds(
    Answers,
    products=st.lists(st.sampled_from(Product), min_size=1, max_size=4).map(tuple),
    first=st.none() | st.sampled_from(Product),
    pace=st.sampled_from(Pace),
)
standings = st.builds(
    Standing,
    roles=st.frozensets(st.sampled_from(Role)),
    facts=st.frozensets(st.sampled_from((Fact.TERMS, Fact.EMAIL, Fact.SECOND_FACTOR))),
    answers=answered,
    progress=st.just(Progress()),
)
marks = st.lists(st.tuples(st.sampled_from(Step), st.sampled_from(Outcome)), max_size=20)


def after(standing: Standing, sequence: list[tuple[Step, Outcome]]) -> Standing:
    """Return the standing once each mark is made, without those that are refused."""
    for step, outcome in sequence:
        try:
            progress = marked(standing, step, outcome)
        except InvalidArgumentError:
            continue
        standing = Standing(standing.roles, standing.facts, standing.answers, progress)
    return standing


@given(standings, marks, st.randoms(use_true_random=False))
def test_marks_in_any_order_and_repeated_end_alike(
    standing: Standing, sequence: list[tuple[Step, Outcome]], random: Random
) -> None:
    shuffled = [*sequence, *sequence]
    random.shuffle(shuffled)

    assert after(standing, shuffled) == after(standing, sequence)


@given(standings, marks)
def test_the_next_step_is_open_and_missing_only_where_all_left_waits_for_a_skipped_one(
    standing: Standing, sequence: list[tuple[Step, Outcome]]
) -> None:
    standing = after(standing, sequence)
    found = states(standing)
    best = next_step(found)
    state = {rule.step: state for rule, state in found}

    assert found
    assert not standing.progress.done & standing.progress.skipped
    if best is not None:
        assert best.step not in standing.progress.done | standing.progress.skipped
        assert all(state.get(before, StepState.DONE) == "done" for before in best.after)
        earlier = [rule for rule, _ in found][: [rule for rule, _ in found].index(best)]
        assert all(state[rule.step] != "open" for rule in earlier)
    else:
        left = [rule for rule, at in found if at == "blocked"]
        assert "open" not in state.values()
        assert all(
            any(state.get(before) in {"skipped", "blocked"} for before in rule.after)
            for rule in left
        )
        assert not left or "skipped" in state.values()
