"""P3 to P6: what a call costs once its instance is warm."""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.goals import Measurement, over_rounds, p95
from benchmarks.people import ISSUER, People, emulator, submission
from benchmarks.servers import MAIN, PROJECT, SERVED, Server, serving
from sandbox.kms.server import KmsStandIn
from tests.support.certificates import TokenSigner
from tests.support.firestore_proxy import Call, FirestoreProxy
from tests.support.tokens import claims

SUBMIT_LIMIT = 3.0
NOOP_LIMIT = 3.0
ROUND_TRIP_SECONDS = 0.025
FAR_RATE = 20
"""Requests a second."""
FAR_LIMIT_MS = 80.0
SUBMIT_CALLS = {Call("BatchGetDocuments", "(default)"): 1, Call("Commit", "(default)"): 1}
"""P3: what a warm submission makes, and no call to KMS."""


def near(kms: KmsStandIn, rounds: int, calls: int) -> list[Measurement]:
    """P4: `assessments_submit` against a function that does one `set`, taking turns."""
    ratios, submits, sets = [], [], []
    with (
        serving(MAIN, "assessments_submit", kms.environment()) as server,
        serving(SERVED / "bare.py", "bare_set", {}) as bare,
    ):
        people = People(calls, server)  # each within the limit of one person
        for _ in range(20):
            bare.call(submission())
        for _ in range(rounds):
            submit, bare_set = [], []
            for number in range(calls):
                uid = people.uids[number % len(people.uids)]
                people.forget([uid])
                submit.append(people.submit(uid))
                bare_set.append(bare.call(submission()))
            submits.append(1000 * statistics.median(submit))
            sets.append(1000 * statistics.median(bare_set))
            ratios.append(submits[-1] / sets[-1])
    return [
        over_rounds("P4", "bare function with one `set`, p50", sets, unit="ms"),
        over_rounds("P4", "`assessments_submit`, p50", submits, unit="ms"),
        over_rounds("P4", "`assessments_submit` / bare `set`, p50", ratios, limit=SUBMIT_LIMIT),
    ]


def verified(rounds: int, calls: int) -> list[Measurement]:
    """P5: the CPU time of a callable that does nothing against that of a bare function."""
    signer = TokenSigner().start()
    token = signer.sign(claims("ann", aud=PROJECT, iss=ISSUER))
    cloud = {
        "FIREBASE_AUTH_EMULATOR_HOST": "",
        "CERTIFICATES_URL": signer.url,
        "SERVICE_ACCOUNT": json.dumps(signer.service_account()),
    }
    ratios, noops, bares = [], [], []
    with (
        serving(SERVED / "callables.py", "noop", cloud) as server,
        serving(SERVED / "bare.py", "bare", {}) as bare,
    ):
        for _ in range(rounds + 1):  # the first one warms up
            noops.append(_cpu_ms(server, calls, token))
            bares.append(_cpu_ms(bare, calls, None))
            ratios.append(noops[-1] / bares[-1])
    signer.stop()
    if signer.fetches == 0:
        raise RuntimeError("No certificate was asked for: tokens were not verified.")
    return [
        over_rounds("P5", "bare function, CPU", bares[1:], unit="ms"),
        over_rounds("P5", "signed-in no-op, CPU", noops[1:], unit="ms"),
        over_rounds("P5", "signed-in no-op / bare, CPU", ratios[1:], limit=NOOP_LIMIT),
    ]


def far(kms: KmsStandIn, rounds: int, seconds: int) -> list[Measurement]:
    """P6 and P3: `assessments_submit` far from its database, at a steady rate, and its calls."""
    proxy = FirestoreProxy(emulator()).start()
    environment = {"FIRESTORE_EMULATOR_HOST": proxy.address, **kms.environment()}
    number = FAR_RATE * seconds
    percentiles, medians = [], []
    try:
        with serving(MAIN, "assessments_submit", environment) as server:
            people = People(number, server)
            proxy.round_trip_seconds = ROUND_TRIP_SECONDS
            proxy.reset()
            kms_calls = len(kms.calls())
            for _ in range(rounds):
                latencies = _open_loop(people)
                percentiles.append(1000 * p95(latencies))
                medians.append(1000 * statistics.median(latencies))
                people.forget(people.uids)
    finally:
        proxy.stop()
    submissions = number * rounds
    counted = proxy.counts()
    expected = {call: count * submissions for call, count in SUBMIT_CALLS.items()}
    if counted != expected or len(kms.calls()) != kms_calls:
        raise RuntimeError(f"P3: {submissions} submissions made {counted}, or called KMS.")
    calls = counted.total() / submissions
    what = f"`assessments_submit` 25 ms from its database at {FAR_RATE}/s"
    return [
        over_rounds(
            "P3", "calls of a warm submission to Firestore", [calls], limit=2, unit="calls"
        ),
        over_rounds("P6", f"{what}, p50", medians, unit="ms"),
        over_rounds("P6", f"{what}, p95", percentiles, limit=FAR_LIMIT_MS, unit="ms"),
    ]


def _cpu_ms(server: Server, calls: int, token: str | None) -> float:
    """Return the CPU time that the server takes for a call, in ms."""
    before = server.cpu_seconds()
    for _ in range(calls):
        server.call({}, token)
    return 1000 * (server.cpu_seconds() - before) / calls


def _open_loop(people: People) -> list[float]:
    """Let each person submit at their instant; return the latencies since then, in seconds."""
    begin = time.perf_counter() + 0.1

    def submit(number: int, uid: str) -> float:
        due = begin + number / FAR_RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        people.submit(uid)
        return time.perf_counter() - due

    with ThreadPoolExecutor(len(people.uids)) as pool:
        return list(pool.map(submit, range(len(people.uids)), people.uids))
