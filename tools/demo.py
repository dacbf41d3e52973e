"""Walks both products over HTTP, as the web client and Stripe do, and shows what is stored.

Run it with `make demo`, which starts the emulators and the sandbox around it.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import requests
from google.cloud.firestore import Client

from tools.client import PROJECT, CallError, WebClient, new_key, pay, until

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


def main() -> None:
    """Run both corridors and print each step with its result and time."""
    person = coaching()
    giving(person)
    stored()
    where_to_look()


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


def giving(donor: WebClient) -> None:
    """Give, pay on the hosted page, see the gift and its entry in the ledger."""
    title("SecondWind: giving")
    step(
        "catalog_list",
        lambda: WebClient().get("catalog_list"),
        lambda r: ", ".join(item["id"] for item in r["items"]),
    )
    checkout = step(
        "donations_create_checkout",
        lambda: donor.call(
            "donations_create_checkout",
            idempotencyKey=new_key(),
            items=[{"itemId": "food", "quantity": 2}, {"itemId": "bus", "quantity": 1}],
            coverFee=True,
            dedication="For Sam, who made it.",
        ),
        lambda r: f"{dollars(r['amountCents'])} at {r['checkoutUrl']}",
    )
    sandbox("stripe/faults", {"kind": "webhook_duplicate", "copies": 3, "times": 2})
    note("Stripe will deliver each of the next events three times")
    step("a declined card", lambda: pay(checkout["checkoutUrl"], "pm_card_chargeDeclined"), http)
    step("pay on the hosted page", lambda: pay(checkout["checkoutUrl"]), http)
    step(
        "donations_list",
        lambda: until(lambda: first_gift(donor, "succeeded")),
        lambda g: f"{g['state']}, {dollars(g['amountCents'])}, dedication {g['dedication']!r}",
    )
    page = step(
        "ledger_page",
        lambda: until(lambda: with_entries(WebClient().get("ledger_page"))),
        lambda r: f"{len(r['items'])} entry",
    )
    for entry in page["items"]:
        note(f"#{entry['index']} {entry['kind']} {entry['day']}")
        for account, amount in entry["postings"]:
            note(f"    {account:<32}{int(amount) / 100:>10.2f}")
        note(f"    sum {sum(int(amount) for _, amount in entry['postings'])}")


def stored() -> None:
    """Show what the databases hold of all this."""
    title("What is stored (sealed and wrapped fields are ciphertext)")
    for database in ("(default)", "keys"):
        client = Client(project=PROJECT, database=database)
        for collection in sorted(client.collections(), key=lambda c: str(c.id)):
            documents = list(collection.stream())
            print(f"  {database:<10} {collection.id:<22}{len(documents):>3}", end="")
            print(f"  {sample(documents[0].to_dict() or {})}")


def sample(fields: dict[str, Any]) -> str:
    """Return a telling part of a document: ciphertext where there is some."""
    found = list(leaves(fields))
    for name, value in found:
        if isinstance(value, bytes) and not value.startswith(b"{"):
            return f"{name} = {value[:18].hex()}... ({len(value)} bytes)"
    shown = [(name, value) for name, value in found if name not in {"revision", "writeId"}]
    return ", ".join(f"{name} = {str(value)[:48]}" for name, value in shown[:2])


def leaves(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a document with its dotted name."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def where_to_look() -> None:
    """Say how to go on."""
    title("Where to look")
    print("  make dev            keeps all of this running; its status page is the sandbox's")
    print("  docs/functions.md   every function, what it takes, answers and refuses")
    print("  docs/data-model.md  every collection listed above")
    print("  make test           what all of this rests on")


def done(person: WebClient, path: str) -> dict[str, Any] | None:
    """Return a live document once its work is done, as its owner sees it."""
    document = person.document(path)
    return document if document and document["progress"] == "100" else None


def first_gift(donor: WebClient, state: str) -> Any:
    """Return the donor's latest gift once it is in a state."""
    items = donor.call("donations_list")["items"]
    return items[0] if items and items[0]["state"] == state else None


def with_entries(page: Any) -> Any:
    """Return a page of the ledger once it holds something."""
    return page if page["items"] else None


def sandbox(path: str, body: Any) -> None:
    """Tell the sandbox what to do wrong next."""
    answer = requests.post(f"{os.environ['SANDBOX_URL']}/{path}", json=body, timeout=10)
    answer.raise_for_status()


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def note(text: str) -> None:
    """Print a line that belongs to the step before."""
    print(f"  {'':<34}{text}", flush=True)


def step[T](name: str, act: Callable[[], T], show: Callable[[T], object] = str) -> T:
    """Do something, print its result and time, and return it; a refusal is a result too."""
    started = time.perf_counter()
    try:
        result = act()
        shown = str(show(result))
    except CallError as refusal:
        result = None
        shown = f"{refusal} {refusal.details or ''}"
    print(f"  {name:<34}{shown}  ({time.perf_counter() - started:.2f} s)", flush=True)
    return cast("T", result)  # a step that is refused ends there


def http(answer: requests.Response) -> str:
    """Return an HTTP answer in words."""
    leads_to = answer.headers.get("Location", "")
    return f"{answer.status_code} {leads_to and f'to {leads_to}'}"


def dollars(cents: int) -> str:
    """Return an amount as people read it."""
    return f"${cents / 100:,.2f}"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
