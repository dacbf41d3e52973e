"""Evergrow360: from signing up to a plan."""

from typing import Any

from tools.client import WebClient, new_key, until
from tools.demo.show import note, sandbox, step, title
from tools.demo.subscribing import subscribing

EMAIL = "jordan@example.org"
PASSWORD = "correct horse battery"  # noqa: S105  # of a person who exists in this run alone
ANSWERS = {
    "professionalRole": "Engineering lead of a team of seven",
    "mainChallenges": ["leading_remote_teams", "time_management"],
    "skillPriorities": ["communication", "strategic_thinking"],
    "learningStyle": "individual_coaching",
    "goalTimeframe": "3_months",
    "goalsText": "Hold one-to-ones that people look forward to.",
    "commitmentLevel": 5,
    "feedbackOpennessScore": 9,
    "satisfactionBaseline": 6,
    "additionalContext": "Two time zones, one office day a week.",
}


def coaching() -> WebClient:
    """Sign up, take the assessment, get the analysis and a plan."""
    title("Evergrow360: coaching")
    step("sign up", lambda: WebClient.sign_up(EMAIL, PASSWORD, "Jordan Rivera").uid)
    person = step("sign in", lambda: WebClient.sign_in(EMAIL, PASSWORD), lambda p: f"uid {p.uid}")
    step(
        "assessments_get_questionnaire",
        lambda: person.call("assessments_get_questionnaire"),
        lambda r: f"{len(r['questions'])} questions, version {r['version']}",
    )
    consents = step(
        "consents_list",
        lambda: person.call("consents_list"),
        lambda r: ", ".join(f"{c['kind']} {'on' if c['on'] else 'off'}" for c in r["general"]),
    )
    processing = next(c for c in consents["general"] if c["kind"] == "processing")
    note(f'"{processing["text"][:72]}..."')
    step(
        "consents_give",
        lambda: person.call(
            "consents_give",
            idempotencyKey=new_key(),
            kind="processing",
            version=processing["version"],
            locale="en",
        ),
        lambda r: f"{r['kind']} on, version {r['version']}",
    )
    key = new_key()

    def submit(answers: dict[str, Any] = ANSWERS, with_key: str = key) -> Any:
        return person.call("assessments_submit", idempotencyKey=with_key, **answers)

    step("refused: 6 of 5", lambda: submit({**ANSWERS, "commitmentLevel": 6}))
    assessment = step(
        "assessments_submit",
        submit,
        lambda r: (
            f"readiness {r['readiness']['score']} ({r['readiness']['level']}), {r['intensity']}"
        ),
    )
    step(
        "the same call again",
        submit,
        lambda r: "the same answer" if r == assessment else f"OTHER: {r}",
    )
    step("another one today", lambda: submit(with_key=new_key()))
    path = f"assessments/{assessment['assessmentId']}"
    step(
        "live document assessments/...",
        lambda: until(lambda: done(person, path)),
        lambda d: f"{d['status']}, {d['progress']} %, written by: {d['source']}",
    )
    stranger = WebClient.sign_up("stranger@example.org", PASSWORD, "A Stranger")
    step("... read by a stranger", lambda: stranger.document(path), lambda d: d or "denied")
    result = step(
        "assessments_get_result",
        lambda: person.call("assessments_get_result", assessmentId=assessment["assessmentId"]),
        lambda r: (
            f"{len(r['analysis']['strengths'])} strengths, first cites "
            f"{', '.join(r['analysis']['strengths'][0]['questionIds'][:3])}"
        ),
    )
    same = all(result["answers"][name] == value for name, value in ANSWERS.items())
    note("all ten answers came back as given" if same else "ANSWERS DIFFER")
    plan = step(
        "plans_generate",
        lambda: person.call(
            "plans_generate",
            idempotencyKey=new_key(),
            goals=["Give feedback within a day", "Plan the quarter with the team"],
            timeframe="3_months",
        ),
        lambda r: r["status"],
    )
    step(
        "live document plans/...",
        lambda: until(lambda: done(person, f"plans/{plan['planId']}")),
        lambda d: f"{d['status']}, written by: {d['source']}",
    )
    step(
        "plans_get",
        lambda: person.call("plans_get", planId=plan["planId"]),
        lambda r: (
            f"{len(r['plan']['phases'])} phases, "
            f"{sum(p['durationWeeks'] for p in r['plan']['phases'])} weeks"
        ),
    )
    subscribing(person)
    sandbox("model/faults", {"status": 500, "times": -1})
    plan = person.call(
        "plans_generate", idempotencyKey=new_key(), goals=["Delegate more"], timeframe="6_months"
    )
    step(
        "a plan while the model fails",
        lambda: until(lambda: done(person, f"plans/{plan['planId']}")),
        lambda d: f"{d['status']}, written by: {d['source']}",
    )
    sandbox("model/reset", {})
    return person


def done(person: WebClient, path: str) -> dict[str, Any] | None:
    """Return a live document once its work is done, as its owner sees it."""
    document = person.document(path)
    return document if document and document["progress"] == "100" else None
