"""P10: what it costs to acknowledge an event of Stripe's."""

import json
import secrets
import statistics

import stripe

from benchmarks.goals import Measurement, over_rounds
from benchmarks.servers import MAIN, SERVED, Server, serving
from tests.support.queue import TaskQueues

LIMIT = 3.0
SECRET = "whsec_benchmark"  # noqa: S105  # of nobody
TARGET = "payments_stripe_webhook"


def measure(rounds: int, calls: int) -> list[Measurement]:
    """Return the time of the webhook against that of a function that does one `create`, in turns.

    An event that is about nothing that payments follow is checked and stored as any other, and
    not queued: that is the webhook without the enqueue.
    """
    queues = TaskQueues().start()
    environment = {
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "CLOUD_TASKS_EMULATOR_HOST": queues.address,
    }
    stored, creates, queued, ratios = [], [], [], []
    with (
        serving(MAIN, TARGET, environment) as webhook,
        serving(SERVED / "bare.py", "bare_create", {}) as bare,
    ):
        for _ in range(20):  # a cold emulator is slower than the webhook's patience
            bare.call({})
        for number in range(rounds + 1):  # the first one warms up
            times: dict[str, list[float]] = {"stored": [], "bare": [], "queued": []}
            for _ in range(calls):
                times["stored"].append(_deliver(webhook, "cus_1", "customer"))
                times["bare"].append(bare.call(_event("cus_1", "customer")["data"]))
                times["queued"].append(_deliver(webhook, "pi_1", "payment_intent"))
            if number:
                stored.append(1000 * statistics.median(times["stored"]))
                creates.append(1000 * statistics.median(times["bare"]))
                queued.append(1000 * statistics.median(times["queued"]))
                ratios.append(stored[-1] / creates[-1])
    if len(queues.accepted) != (rounds + 1) * calls:
        raise RuntimeError("Not exactly the events that are followed were queued.")
    queues.stop()
    return [
        over_rounds("P10", "bare function with one `create`, p50", creates, unit="ms"),
        over_rounds("P10", f"`{TARGET}` without the enqueue, p50", stored, unit="ms"),
        over_rounds("P10", f"`{TARGET}` with the enqueue, p50", queued, unit="ms"),
        over_rounds(
            "P10", f"`{TARGET}` without the enqueue / bare `create`, p50", ratios, limit=LIMIT
        ),
    ]


def _deliver(webhook: Server, object_id: str, kind: str) -> float:
    body = json.dumps(_event(object_id, kind), indent=2)
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    return webhook.post(body, {"Stripe-Signature": header})


def _event(object_id: str, kind: str) -> dict[str, object]:
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "type": f"{kind}.updated",
        "livemode": False,
        "api_version": None,
        "data": {"object": {"id": object_id, "object": kind, "description": "x" * 2_000}},
    }
