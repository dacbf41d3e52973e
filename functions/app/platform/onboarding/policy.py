"""Which steps somebody is offered, in which order, and which is next."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from app.kit.errors import InvalidArgumentError
from app.kit.roles import STAFF, Role
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


class Fact(StrEnum):
    """What the product sees by itself and need not be told."""

    TERMS = "terms"
    EMAIL = "email"
    SECOND_FACTOR = "second_factor"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Rule:
    """To whom a step is offered, and when.

    Attributes:
        step: the step.
        priority: the lowest comes first.
        reason: why it is worth doing.
        roles: it is offered to whoever holds one of them,
        products: or came for one of them; to everybody where both are empty.
        after: steps that are to be done before it; whoever is offered it is offered those.
        required: it cannot be skipped.
        extra: only for those who want everything.
        shown_by: the fact that it is done; then nobody marks it done.
    """

    step: Step
    priority: int
    reason: Reason
    roles: frozenset[Role] = frozenset()
    products: frozenset[Product] = frozenset()
    after: frozenset[Step] = frozenset()
    required: bool = False
    extra: bool = False
    shown_by: Fact | None = None


_TERMS = frozenset({Step.ACCEPT_TERMS})
_COACHED = frozenset({Role.CLIENT})
_COACHING = frozenset({Product.COACHING})

RULES = (
    Rule(Step.ACCEPT_TERMS, 10, Reason.TERMS_NEEDED, required=True, shown_by=Fact.TERMS),
    Rule(
        Step.VERIFY_EMAIL,
        20,
        Reason.ADDRESS_UNPROVEN,
        after=_TERMS,
        required=True,
        shown_by=Fact.EMAIL,
    ),
    Rule(
        Step.ADD_SECOND_FACTOR,
        30,
        Reason.STAFF_ACCESS,
        roles=STAFF,
        after=frozenset({Step.VERIFY_EMAIL}),
        required=True,
        shown_by=Fact.SECOND_FACTOR,
    ),
    Rule(
        Step.ANSWER_QUESTIONS,
        40,
        Reason.FINDS_YOUR_STEPS,
        after=_TERMS,
        shown_by=Fact.ANSWERED,
    ),
    Rule(Step.COMPLETE_PROFILE, 50, Reason.FITS_COACHING, after=_TERMS, extra=True),
    Rule(Step.DECIDE_ON_PROCESSING, 60, Reason.YOUR_CHOICE, roles=_COACHED, products=_COACHING),
    Rule(
        Step.TAKE_ASSESSMENT,
        70,
        Reason.FINDS_STRENGTHS,
        roles=_COACHED,
        products=_COACHING,
        after=_TERMS,
    ),
    Rule(
        Step.GENERATE_PLAN,
        80,
        Reason.TURNS_INTO_ACTION,
        roles=_COACHED,
        products=_COACHING,
        after=frozenset({Step.TAKE_ASSESSMENT}),
    ),
    Rule(
        Step.DECIDE_WHO_SEES_RECORDS,
        90,
        Reason.YOUR_RECORDS,
        roles=frozenset({Role.BENEFICIARY}),
        products=frozenset({Product.RECOVERY_SUPPORT}),
    ),
    Rule(
        Step.MAKE_GIFT,
        100,
        Reason.HELPS_SOMEBODY,
        roles=frozenset({Role.DONOR}),
        products=frozenset({Product.GIVING}),
        after=_TERMS,
    ),
    Rule(
        Step.READ_WHAT_IS_SHARED,
        110,
        Reason.SHARED_WITH_YOU,
        roles=frozenset({Role.COACH, Role.PARTNER}),
    ),
    Rule(
        Step.SEE_LEDGER,
        120,
        Reason.SHOWS_WHERE_GIFTS_GO,
        roles=frozenset({Role.DONOR, Role.PARTNER}),
        products=frozenset({Product.GIVING, Product.PARTNER}),
        extra=True,
    ),
)


@dataclass(frozen=True)
class Standing:
    """All that decides on somebody's steps."""

    roles: AbstractSet[Role]
    facts: AbstractSet[Fact]
    answers: Answers | None = None
    progress: Progress = field(default_factory=Progress)


def offered(roles: AbstractSet[Role], answers: Answers | None) -> tuple[Rule, ...]:
    """Return the rules of the steps that somebody is offered, the best first.

    Those of the product that matters most to them come before those of other products.
    """
    products = frozenset() if answers is None else frozenset(answers.products)
    first = None if answers is None else answers.first
    brief = answers is not None and answers.pace is Pace.ESSENTIALS

    def for_them(rule: Rule) -> bool:
        everybody = not rule.roles and not rule.products
        return everybody or bool(rule.roles & roles or rule.products & products)

    def place(rule: Rule) -> tuple[bool, int]:
        later = first is not None and bool(rule.products) and first not in rule.products
        return later, rule.priority

    theirs = (rule for rule in RULES if for_them(rule) and not (brief and rule.extra))
    return tuple(sorted(theirs, key=place))


def states(of: Standing) -> tuple[tuple[Rule, StepState], ...]:
    """Return each step that somebody is offered and where it stands, the best first."""
    rules = offered(of.roles, of.answers)
    facts = of.facts if of.answers is None else of.facts | {Fact.ANSWERED}
    done = {rule.step for rule in rules if rule.shown_by in facts} | of.progress.done

    def state(rule: Rule) -> StepState:
        if rule.step in done:
            return StepState.DONE
        if rule.step in of.progress.skipped:
            return StepState.SKIPPED
        return StepState.BLOCKED if rule.after - done else StepState.OPEN

    return tuple((rule, state(rule)) for rule in rules)


def next_step(found: tuple[tuple[Rule, StepState], ...]) -> Rule | None:
    """Return the rule of the best step that can be taken now, of what `states` returned."""
    return next((rule for rule, state in found if state is StepState.OPEN), None)


def marked(of: Standing, step: Step, outcome: Outcome) -> Progress:
    """Return the progress once a step is marked. In any order marks come to the same.

    What is done stays done, though it is marked as skipped as well. A step that waits for others
    may be marked: who did it did it.

    Raises:
        InvalidArgumentError: it is not offered, cannot be skipped, or shows by itself.
    """
    rule = next((rule for rule in offered(of.roles, of.answers) if rule.step is step), None)
    if rule is None:
        raise InvalidArgumentError.of("step", "is not one of your steps")
    if outcome is Outcome.SKIPPED and rule.required:
        raise InvalidArgumentError.of("outcome", "this step cannot be skipped")
    if outcome is Outcome.DONE and rule.shown_by is not None:
        raise InvalidArgumentError.of("outcome", "do this step; that it is done shows by itself")
    done, skipped = of.progress.done, of.progress.skipped
    if outcome is Outcome.DONE:
        done |= {step}
    else:
        skipped |= {step}
    return Progress(done=done, skipped=skipped - done)


def settled(answers: Answers) -> Answers:
    """Return answers in the one form in which they are kept.

    Raises:
        InvalidArgumentError: what matters most is not among what they came for.
    """
    if answers.first is not None and answers.first not in answers.products:
        raise InvalidArgumentError.of("first", "must be one of products")
    products = tuple(product for product in Product if product in answers.products)
    return Answers(products=products, first=answers.first, pace=answers.pace)
