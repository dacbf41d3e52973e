"""What writes analyses: a trigger for each new assessment, and a sweep for what got stuck."""

from contextlib import suppress

from app.coaching.assessments import store
from app.coaching.assessments.models.analysis import AnalysisDraft
from app.coaching.assessments.policy import analysis, prompt, rules
from app.coaching.generation import policy as generation
from app.coaching.generation import writing
from app.coaching.generation.policy import NotYoursError
from app.kit import clock
from app.kit.errors import NotFoundError
from app.kit.triggers import on_created, schedule
from app.platform.records.vault import Purpose, System

SWEEP_MAX = 20
SWEEP_TIMEOUT_SECONDS = 540
"""Time for all of them, one after the other, should the model use up its deadline each time."""

WRITER = System(Purpose.ANALYSIS)


@on_created("assessments/{assessmentId}")
def assessments_on_submitted(assessment_id: str) -> None:
    """Write the analysis of a new assessment, within 20 seconds whatever the model does.

    Four reads and three commits, one look at the account and one question to the model.
    """
    _analyze(assessment_id)


@schedule("every 1 minutes", timeout_sec=SWEEP_TIMEOUT_SECONDS)
def assessments_sweep_stuck() -> None:
    """Write analyses that nobody began in time, or that somebody began and did not end.

    One query, and what `assessments_on_submitted` makes for each that it finds.
    """
    for assessment_id in store.stuck(clock.now(), limit=SWEEP_MAX):
        _analyze(assessment_id)


def _analyze(assessment_id: str) -> None:
    """Write an analysis unless it is there, being written, or erased."""
    with suppress(NotYoursError, NotFoundError):
        begun_at = clock.now()
        claimed = store.assessments.update(
            assessment_id, lambda current: analysis.claim(current, at=begun_at)
        )
        opening, consented = store.answers(assessment_id, uid=claimed.uid, by=WRITER)
        store.assessments.update(
            assessment_id,
            lambda current: generation.writing(current, worker=claimed.attempts),
            *opening.trail,
        )
        answers = opening.take()
        asked = writing.Prompt(AnalysisDraft, prompt.INSTRUCTION, prompt.content(answers))
        written = writing.write(
            asked if consented else None,
            live=claimed,
            own_words=answers.own_words(),
            identifiers=(claimed.uid, assessment_id),
            by_rules=lambda: rules.analysis(answers),
        )
        ended_at = clock.now()
        store.complete(
            assessment_id,
            claimed.uid,
            analysis.checked(written.text, answers),
            written.resources,
            lambda current: analysis.analyzed(
                current, worker=claimed.attempts, source=written.source, at=ended_at
            ),
        )
