"""What writes plans: a trigger for each new one, and a sweep for what got stuck."""

from contextlib import suppress

from app.coaching.assessments import store as assessments
from app.coaching.generation import policy as generation
from app.coaching.generation import writing
from app.coaching.generation.policy import NotYoursError
from app.coaching.plans import store
from app.coaching.plans.models import draft_for
from app.coaching.plans.policy import calendar, lifecycle, prompt, rules
from app.coaching.plans.policy.facts import PlanFacts
from app.kit import clock
from app.kit.errors import NotFoundError
from app.kit.triggers import on_created, schedule
from app.platform.records.vault import Purpose, System

SWEEP_MAX = 20
SWEEP_TIMEOUT_SECONDS = 540
"""Time for all of them, one after the other, should the model use up its deadline each time."""

WRITER = System(Purpose.ANALYSIS)


@on_created("plans/{planId}")
def plans_on_requested(plan_id: str) -> None:
    """Write a new plan, within 20 seconds whatever the model does.

    Five reads and three commits, one look at the account and one question to the model.
    """
    _write(plan_id)


@schedule("every 1 minutes", timeout_sec=SWEEP_TIMEOUT_SECONDS)
def plans_sweep_stuck() -> None:
    """Write plans that nobody began in time, or that somebody began and did not end.

    One query, and what `plans_on_requested` makes for each that it finds.
    """
    for plan_id in store.stuck(clock.now(), limit=SWEEP_MAX):
        _write(plan_id)


def _write(plan_id: str) -> None:
    """Write a plan unless it is there, being written, or erased."""
    with suppress(NotYoursError, NotFoundError):
        begun_at = clock.now()
        claimed = store.plans.update(
            plan_id, lambda current: generation.claim(current, at=begun_at)
        )
        uid = claimed.uid
        wished, consented = store.wish_of(plan_id, uid=uid, by=WRITER)
        basis = assessments.basis(claimed.assessment_id, uid=uid, by=WRITER)
        store.plans.update(
            plan_id,
            lambda current: generation.writing(current, worker=claimed.attempts),
            *wished.trail,
            *basis.trail,
        )
        wish, (analysis, style) = wished.take(), basis.take()
        facts = PlanFacts(wish, analysis, style)
        schema = draft_for(len(wish.goals))
        asked = writing.Prompt(schema, prompt.INSTRUCTION, prompt.content(facts))
        written = writing.write(
            asked if consented else None,
            live=claimed,
            own_words=wish.goals,
            identifiers=(uid, plan_id, claimed.assessment_id),
            by_rules=lambda: rules.plan(facts),
        )
        ended_at = clock.now()
        store.complete(
            plan_id,
            uid,
            calendar.scheduled(written.text, wish),
            written.resources,
            lambda current: lifecycle.ready(
                current, worker=claimed.attempts, source=written.source, at=ended_at
            ),
        )
