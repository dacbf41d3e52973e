"""P9: what policy and audit add to reading a sealed record and decrypting it."""

import os
import statistics
import sys
import time
from collections.abc import Callable
from uuid import uuid4

from benchmarks.goals import Measurement, over_rounds
from benchmarks.servers import PROJECT, ROOT
from benchmarks.warm import ROUND_TRIP_SECONDS
from sandbox.kms.server import KmsStandIn
from tests.support.firestore_proxy import proxied

LIMIT = 2.0
VALUES = {"goals": ["Lead two teams in two places"] * 3, "timeframe": "3_months", "intensity": 4}


def measure(kms: KmsStandIn, rounds: int, calls: int) -> list[Measurement]:
    """Return the time to open a record against that to decrypt it, in turns, near and far.

    Nothing else is in it, no HTTP and no JSON of an answer, since those would hide the cost.
    """
    os.environ.update(
        {"FUNCTIONS_EMULATOR": "true", "GOOGLE_CLOUD_PROJECT": PROJECT, **kms.environment()}
    )
    sys.path.insert(0, str(ROOT / "functions"))
    opened, decrypted = _reads()
    found = _compared("beside its database", opened, decrypted, rounds, calls)
    with proxied(round_trip_seconds=ROUND_TRIP_SECONDS):
        found += _compared("25 ms from its database", opened, decrypted, rounds, calls // 4)
    return found


def _reads() -> tuple[Callable[[], object], Callable[[], object]]:
    """Return the same read of one record through the policy point, and without it."""
    from app.coaching.assessments.models.documents import SealedRecord  # noqa: PLC0415  # reads the environment
    from app.kit import firestore  # noqa: PLC0415  # as above
    from app.kit.firestore import Collection  # noqa: PLC0415  # as above
    from app.platform.records import sealing, vault  # noqa: PLC0415  # as above
    from app.platform.records.vault import Owner, Record  # noqa: PLC0415  # as above

    uid = f"reader-{uuid4().hex}"
    records = Collection("plan_requests", SealedRecord)
    record = Record(uid, f"plan_requests/{uid}")
    sealed, trail = vault.seal(record, VALUES, by=Owner(uid))
    firestore.commit(records.create(uid, SealedRecord(uid=uid, sealed=sealed)), *trail)
    keys = vault.keyring.keys(uid, create=False)

    def stored() -> dict[str, bytes]:
        found = records.get(uid)
        if found is None:
            raise RuntimeError("The record is not there.")
        return dict(found.sealed)

    def opened() -> object:
        return vault.open_now(record, stored(), by=Owner(uid))

    def decrypted() -> object:
        return {
            field: sealing.opened(record, field, value, keys.by_version)
            for field, value in stored().items()
        }

    return opened, decrypted


def _compared(
    where: str,
    opened: Callable[[], object],
    decrypted: Callable[[], object],
    rounds: int,
    calls: int,
) -> list[Measurement]:
    with_policy, bare, ratios = [], [], []
    for number in range(rounds + 1):  # the first one warms up
        times: dict[Callable[[], object], list[float]] = {opened: [], decrypted: []}
        for _ in range(calls):
            for read, taken in times.items():
                started = time.perf_counter()
                read()
                taken.append(time.perf_counter() - started)
        if number:
            with_policy.append(1000 * statistics.median(times[opened]))
            bare.append(1000 * statistics.median(times[decrypted]))
            ratios.append(with_policy[-1] / bare[-1])
    what = f"a record of three fields {where}"
    return [
        over_rounds("P9", f"{what}: read and decrypted, p50", bare, unit="ms"),
        over_rounds("P9", f"{what}: with policy and audit, p50", with_policy, unit="ms"),
        over_rounds("P9", f"{what}: with / without policy and audit, p50", ratios, limit=LIMIT),
    ]
