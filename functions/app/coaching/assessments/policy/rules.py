"""The analysis that rules write from the answers: the same schema as the model's.

Each part is a list of candidates, the most telling first, of which as many are taken as the schema
allows. The candidates that always apply make sure that none of the lists is too short.
"""

from app.coaching.assessments.models.analysis import AnalysisDraft, Claim
from app.coaching.assessments.models.answers import (
    Answers,
    Challenge,
    GoalTimeframe,
    QuestionId,
)
from app.coaching.assessments.models.readiness import FocusArea
from app.coaching.assessments.policy import phrases, readiness

STRONG_SCORE = 7
WEAK_SCORE = 4
STRONG_COMMITMENT = 4
WEAK_COMMITMENT = 2
MANY_CHALLENGES = 4


def analysis(answers: Answers) -> AnalysisDraft:
    """Return what the rules say about `answers`."""
    return AnalysisDraft(
        strengths=tuple(_strengths(answers)[:4]),
        development_areas=tuple(_development_areas(answers)[:4]),
        success_factors=tuple(_success_factors(answers)),
        potential_challenges=tuple(_potential_challenges(answers)[:3]),
        recommended_focus=tuple(_recommended_focus(answers)[:3]),
        learning_approach=_learning_approach(answers),
    )


def _claim(text: str, *questions: QuestionId) -> Claim:
    return Claim(text=text, question_ids=questions)


def _strengths(answers: Answers) -> list[Claim]:
    claims = []
    if answers.commitment_level >= STRONG_COMMITMENT:
        claims.append(
            _claim("You are ready to put real effort into this.", QuestionId.COMMITMENT_LEVEL)
        )
    if answers.feedback_openness_score >= STRONG_SCORE:
        claims.append(
            _claim(
                "You are open to feedback, which makes learning faster.",
                QuestionId.FEEDBACK_OPENNESS_SCORE,
            )
        )
    if answers.satisfaction_baseline >= STRONG_SCORE:
        claims.append(
            _claim(
                "You start from a working life that satisfies you, which gives you room to grow.",
                QuestionId.SATISFACTION_BASELINE,
            )
        )
    if QuestionId.GOALS_TEXT in answers.answered():
        claims.append(_claim("You have put your goals into words.", QuestionId.GOALS_TEXT))
    return [
        *claims,
        _claim("You can name what challenges you.", QuestionId.MAIN_CHALLENGES),
        _claim("You have set priorities among your skills.", QuestionId.SKILL_PRIORITIES),
        _claim("You know how you learn best.", QuestionId.LEARNING_STYLE),
    ]


def _development_areas(answers: Answers) -> list[Claim]:
    skills = {
        skill.value: _claim(phrases.SKILL_AREAS_TO_DEVELOP[skill], QuestionId.SKILL_PRIORITIES)
        for skill in answers.skill_priorities
    }
    challenges = {
        challenge.value: _claim(
            phrases.CHALLENGE_AREAS_TO_DEVELOP[challenge], QuestionId.MAIN_CHALLENGES
        )
        for challenge in answers.main_challenges
        if challenge is Challenge.OTHER or challenge.value not in skills  # say a subject once
    }
    return [
        *skills.values(),
        *challenges.values(),
        _claim("Turning what you want into weekly steps with dates.", QuestionId.GOAL_TIMEFRAME),
        _claim("Asking for feedback on one thing at a time.", QuestionId.FEEDBACK_OPENNESS_SCORE),
    ]


def _success_factors(answers: Answers) -> list[Claim]:
    return [
        _claim(phrases.COMMITMENT_FACTORS[answers.commitment_level], QuestionId.COMMITMENT_LEVEL),
        _claim(phrases.LEARNING_FACTORS[answers.learning_style], QuestionId.LEARNING_STYLE),
        _claim(phrases.TIMEFRAME_FACTORS[answers.goal_timeframe], QuestionId.GOAL_TIMEFRAME),
        _claim(
            "Feedback from somebody you trust, in a form that suits you.",
            QuestionId.FEEDBACK_OPENNESS_SCORE,
        ),
    ]


def _potential_challenges(answers: Answers) -> list[Claim]:
    claims = []
    if answers.commitment_level <= WEAK_COMMITMENT:
        claims.append(
            _claim("There may be little time and energy for practice.", QuestionId.COMMITMENT_LEVEL)
        )
    if answers.feedback_openness_score <= WEAK_SCORE:
        claims.append(
            _claim(
                "Candid feedback may be hard to hear at first.", QuestionId.FEEDBACK_OPENNESS_SCORE
            )
        )
    if answers.satisfaction_baseline <= WEAK_SCORE:
        claims.append(
            _claim(
                "Low satisfaction at work can drain the energy that change needs.",
                QuestionId.SATISFACTION_BASELINE,
            )
        )
    if len(answers.main_challenges) >= MANY_CHALLENGES:
        claims.append(
            _claim(
                "Working on many challenges at once can scatter your effort.",
                QuestionId.MAIN_CHALLENGES,
            )
        )
    return [
        *claims,
        _claim(phrases.CHALLENGE_RISKS[answers.main_challenges[0]], QuestionId.MAIN_CHALLENGES),
        _claim(_timeframe_risk(answers.goal_timeframe), QuestionId.GOAL_TIMEFRAME),
    ]


def _timeframe_risk(timeframe: GoalTimeframe) -> str:
    match timeframe:
        case GoalTimeframe.ONE_MONTH:
            return "A month is short: choose what can change in that time."
        case GoalTimeframe.ONGOING:
            return "Without a date it is easy to postpone."
        case _:
            return "Enthusiasm may fade half-way to your date."


def _recommended_focus(answers: Answers) -> list[Claim]:
    return [
        *(
            _claim(phrases.FOCUS[area], *_questions_behind(area, answers))
            for area in readiness.focus_areas(answers)
        ),
        _claim("Set one goal that you can measure, with a date.", QuestionId.GOAL_TIMEFRAME),
        _claim("Look back on the week at a fixed time.", QuestionId.COMMITMENT_LEVEL),
        _claim("Ask one person for feedback every week.", QuestionId.FEEDBACK_OPENNESS_SCORE),
    ]


def _questions_behind(area: FocusArea, answers: Answers) -> tuple[QuestionId, ...]:
    """Return the questions whose answers speak for `area`."""
    questions = []
    if any(readiness.CHALLENGE_AREAS.get(c) is area for c in answers.main_challenges):
        questions.append(QuestionId.MAIN_CHALLENGES)
    if any(readiness.SKILL_AREAS.get(s) is area for s in answers.skill_priorities):
        questions.append(QuestionId.SKILL_PRIORITIES)
    return tuple(questions)


def _learning_approach(answers: Answers) -> Claim:
    approach = phrases.LEARNING_APPROACHES[answers.learning_style]
    hours = readiness.HOURS_PER_WEEK[readiness.summarize(answers).intensity]
    return _claim(
        f"{approach}, about {hours.minimum} to {hours.maximum} hours a week.",
        QuestionId.LEARNING_STYLE,
        QuestionId.COMMITMENT_LEVEL,
    )
