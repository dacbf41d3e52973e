"""The callables of onboarding."""

from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.limits import READS, WRITES
from app.kit.terms import TermsVersion
from app.platform.onboarding import policy, store
from app.platform.onboarding.models import (
    AnswerOnboarding,
    GetOnboarding,
    MarkStep,
    NextStep,
    Onboarding,
    StepShown,
    StepState,
)
from app.platform.onboarding.policy import Fact, Standing
from app.platform.onboarding.store import Kept
from app.platform.onboarding.texts import TEXTS
from app.platform.operations.idempotency import Operation, once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kit.firestore import Snapshot, Write
    from app.kit.locale import Locale


@callable_function(limits=READS, before_terms=True)
def onboarding_get(request: GetOnboarding, caller: Caller) -> Onboarding:
    """Answer the caller's steps and the best next one; before any answer, those of their roles.

    One read, and one commit where something is kept. Nothing is made by reading.
    """
    kept = store.opening(caller.uid, store.onboarding.get(caller.uid)).now()
    return _shown(_standing(caller, kept), request.locale)


@callable_function(limits=WRITES)
def onboarding_answer(request: AnswerOnboarding, caller: Caller) -> Onboarding:
    """Keep what the caller came for, in the place of earlier answers; what they marked stays.

    One batched read and one commit. Errors: `invalid-argument` naming each wrong field.
    """
    answers = policy.settled(request)
    operation = Operation.of(caller.uid, "onboarding_answer", request)
    return _changing(operation, caller, request.locale, lambda of: Kept(answers, of.progress))


@callable_function(limits=WRITES)
def onboarding_mark_step(request: MarkStep, caller: Caller) -> Onboarding:
    """Mark one of the caller's steps as done or skipped; what is done stays done.

    A mark is what the caller says, and grants nothing. One batched read and one commit. Errors:
    `invalid-argument` naming `step` where it is not offered to them, `outcome` where the step
    cannot be skipped, or shows by itself when it is done.
    """
    operation = Operation.of(caller.uid, "onboarding_mark_step", request)
    return _changing(
        operation,
        caller,
        request.locale,
        lambda of: Kept(of.answers, policy.marked(of, request.step, request.outcome)),
    )


def _changing(
    operation: Operation,
    caller: Caller,
    locale: "Locale",
    change: "Callable[[Standing], Kept]",
) -> Onboarding:
    """Carry out a change of what is kept, once. Nothing is stored where nothing changes."""

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Onboarding, Sequence[Write]]":
        leave = store.opening(caller.uid, seen[0].value)
        before = leave.take()  # nothing of it leaves before the commit
        after = change(_standing(caller, before))
        writes = () if after == before else store.changed(seen[0], after, clock.now())
        return _shown(_standing(caller, after), locale), [*leave.trail, *writes]

    return once(operation, Onboarding, reads=(store.onboarding.key(caller.uid),), decide=decide)


def _standing(caller: Caller, kept: Kept) -> Standing:
    facts = {
        Fact.TERMS: caller.terms == TermsVersion.CURRENT,
        Fact.EMAIL: caller.email_verified,
        Fact.SECOND_FACTOR: caller.second_factor,
    }
    seen = frozenset(fact for fact, holds in facts.items() if holds)
    return Standing(caller.roles, seen, kept.answers, kept.progress)


def _shown(of: Standing, locale: "Locale") -> Onboarding:
    found = policy.states(of)
    best = policy.next_step(found)
    return Onboarding(
        answers=of.answers,
        steps=tuple(
            StepShown(step=rule.step, state=state, required=rule.required) for rule, state in found
        ),
        next=None
        if best is None
        else NextStep(step=best.step, reason=best.reason, text=TEXTS[locale][best.reason]),
        finished=all(state in {StepState.DONE, StepState.SKIPPED} for _, state in found),
    )
