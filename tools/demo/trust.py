"""Trust: who may read, who did, and what people can demand of their data."""

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from google.cloud.firestore import Client

from tools import verify_audit
from tools.client import PROJECT, CallError, WebClient, new_key, until
from tools.demo.coaching import PASSWORD
from tools.demo.show import note, run_schedule, step, title

NAME = "Jordan Rivera"
SECONDS = 30


def trust(person: WebClient) -> None:
    """Share records with a consent, look at the audit log, and use the rights of privacy."""
    title("Trust: consent, audit, rights")
    coach = WebClient.sign_up("casey@example.org", PASSWORD, "Casey Coach")
    consented(person, coach)
    audited()
    exported(person, coach)
    step(
        "privacy_erase",
        lambda: person.call(
            "privacy_erase", idempotencyKey=new_key(), confirmation="ERASE MY ACCOUNT"
        ),
        lambda r: f"begins at {r['startsAt']}",
    )
    step(
        "privacy_cancel_erasure",
        lambda: person.call("privacy_cancel_erasure", idempotencyKey=new_key()),
        lambda r: r["state"],
    )


def consented(person: WebClient, coach: WebClient) -> None:
    """Let a coach read with a written consent, and no longer once it is withdrawn."""
    form = consent_form(coach)
    unsigned = {name: value for name, value in form.items() if name != "signature"}
    step("refused: no signature", lambda: give(person, unsigned))
    consent = step(
        "consents_give, 42 CFR Part 2",
        lambda: give(person, form),
        lambda r: f"{r['kind']} to Casey Coach",
    )

    def read() -> list[Any]:
        return list(shared(coach, consent["consentId"]))

    pages = step(
        "disclosures_read by the coach",
        read,
        lambda pages: f"{sum(len(page['items']) for page in pages)} records",
    )
    note(f'with the notice: "{pages[0]["notice"]["text"][:60]}..."')
    step(
        "consents_withdraw",
        lambda: person.call(
            "consents_withdraw", idempotencyKey=new_key(), consentId=consent["consentId"]
        ),
        lambda r: f"at {r['withdrawnAt']}",
    )
    step("disclosures_read once more", read)
    step(
        "disclosures_list",
        lambda: person.call("disclosures_list"),
        lambda r: f"{len(r['items'])}, the newest to {r['items'][0]['recipientName']}",
    )


def audited() -> None:
    """Seal the audit log, verify it, change one entry, and let the verifier find that."""
    step("audit_seal_every_minute", lambda: run_schedule("audit_seal_every_minute"))
    print("  python -m tools.verify_audit")
    verify_audit.main()
    entries = Client(project=PROJECT).collection("audit_entries")
    entry = next(iter(entries.limit(1).stream()))
    entry.reference.update({"actor": "nobody"})
    print(f"  ... with the actor of entry {entry.id} changed")
    verify_audit.main()
    entry.reference.update({"actor": entry.get("actor")})


def exported(person: WebClient, stranger: WebClient) -> None:
    """Export everything that is held, and download it."""
    step(
        "privacy_export",
        lambda: person.call("privacy_export", idempotencyKey=new_key()),
        lambda r: r["state"],
    )
    export = step(
        "privacy_get_export",
        lambda: until(lambda: ready(person), SECONDS),
        lambda r: f"{r['state']}, {r['records']} records, {r['sizeBytes']} bytes",
    )
    step("download by a stranger", lambda: download(stranger, export["path"]), len)
    step(
        "download",
        lambda: zipfile.ZipFile(io.BytesIO(download(person, export["path"]))).namelist(),
        lambda names: f"{len(names)} files, such as {', '.join(sorted(names)[-3:])}",
    )


def consent_form(recipient: WebClient) -> dict[str, Any]:
    """Return a filled consent to disclose coaching records, valid for a year."""
    now = datetime.now(UTC)
    return {
        "patientName": NAME,
        "disclosers": ["evergrow360"],
        "categories": ["coaching"],
        "recipientUid": recipient.uid,
        "recipientName": "Casey Coach",
        "purposes": ["coaching"],
        "revocationUnderstood": True,
        "expiresAt": (now + timedelta(days=365)).isoformat(),
        "signature": NAME,
        "attested": True,
        "signedAt": now.isoformat(),
    }


def give(person: WebClient, form: dict[str, Any]) -> Any:
    """Sign a consent to disclosure."""
    return person.call(
        "consents_give",
        idempotencyKey=new_key(),
        kind="consent",
        version=1,
        locale="en",
        part2=form,
    )


def shared(recipient: WebClient, consent_id: str) -> Any:
    """Yield every page of what a consent lets its recipient read."""
    cursor = None
    while True:
        page = recipient.call(
            "disclosures_read", consentId=consent_id, purpose="coaching", cursor=cursor
        )
        yield page
        cursor = page["nextCursor"]
        if cursor is None:
            return


def ready(person: WebClient) -> Any:
    """Return the person's export once it is ready."""
    export = person.call("privacy_get_export")
    return export if export["state"] == "ready" else None


def download(person: WebClient, path: str) -> bytes:
    """Download a file of the exports' bucket as the Firebase SDK does.

    Raises:
        CallError: the rules refuse it.
    """
    host = os.environ["FIREBASE_STORAGE_EMULATOR_HOST"]
    url = f"http://{host}/v0/b/{PROJECT}.appspot.com/o/{quote(path, safe='')}?alt=media"
    answer = requests.get(url, headers={"Authorization": f"Bearer {person.token}"}, timeout=SECONDS)
    if not answer.ok:
        message = "refused by the rules"
        raise CallError(answer.status_code, {"status": "PERMISSION_DENIED", "message": message})
    return answer.content
