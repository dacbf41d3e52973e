"""All stand-ins together, from the command line to the end of the process."""

import argparse
import json
import os
import signal
from pathlib import Path

from sandbox.control import Control
from sandbox.kms.keys import development_seed
from sandbox.kms.server import KmsStandIn
from sandbox.model.server import ModelStandIn
from sandbox.smtp import SmtpInbox
from sandbox.standin import StandIn
from sandbox.storage import StorageProxy
from sandbox.stripe.server import StripeStandIn
from sandbox.witness import WitnessStandIn


def run(endings: set[signal.Signals]) -> None:
    """Start everything, say where it listens, and wait for one of the signals `endings`."""
    options = _options()
    standins = _standins(options)
    for standin in standins.values():
        standin.start()
    control = Control(standins, port=options.port_base).start()
    environment = {"SANDBOX_URL": control.url}
    for standin in standins.values():
        environment |= standin.environment()
    if options.ports_file:
        _write(options.ports_file, json.dumps(environment, indent=2) + "\n")
    print(f"Sandbox: {control.url}", flush=True)  # noqa: T201  # a program's output
    signal.sigwait(endings)
    control.stop()
    for standin in standins.values():
        standin.stop()


def _standins(options: argparse.Namespace) -> dict[str, StandIn]:
    """Return the stand-ins by name, each with its port bound."""
    base = options.port_base
    seed = development_seed(options.keys) if options.keys else None
    ports = [base + place if base else 0 for place in range(1, 7)]
    kms = KmsStandIn(port=ports[0], seed=seed)
    standins: dict[str, StandIn] = {
        "kms": kms,
        "model": ModelStandIn(port=ports[1]),
        "smtp": SmtpInbox(port=ports[2]),
        "stripe": StripeStandIn(
            port=ports[3],
            webhook_url=options.webhook_url,
            connect_webhook_url=options.connect_webhook_url,
        ),
        "witness": WitnessStandIn(kms.log_keys, port=ports[5]),
    }
    if options.storage_url:
        standins["storage"] = StorageProxy(options.storage_url, port=ports[4])
    return standins


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="Local stand-ins.")
    parser.add_argument("--ports-file", type=Path, help="write the environment there, as JSON")
    parser.add_argument("--webhook-url", help="where Stripe's events go")
    parser.add_argument("--connect-webhook-url", help="where those of connected Stripe accounts go")
    parser.add_argument("--storage-url", help="the Storage emulator, which gets a proxy")
    parser.add_argument("--port-base", type=int, default=0, help="use this port and the next ones")
    parser.add_argument("--keys", type=Path, help="development keys; made when missing")
    return parser.parse_args()


def _write(path: Path, text: str) -> None:
    """Write a file that no reader ever sees half of."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
