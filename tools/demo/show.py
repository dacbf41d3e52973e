"""How the demo shows what it does, and steers the sandbox."""

import os
import time
from collections.abc import Callable
from typing import Any, cast

import requests

from tools.client import PROJECT, TIMEOUT_SECONDS, CallError


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


def run_schedule(name: str) -> str:
    """Run a schedule now, as Cloud Scheduler would within its minute."""
    base = os.environ["FUNCTIONS_BASE_URL"]
    origin = base.rpartition(f"/{PROJECT}/")[0]
    url = f"{origin}/functions/projects/{PROJECT}/triggers/us-central1-{name}-0"
    answer = requests.post(url, json={}, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return "done"
