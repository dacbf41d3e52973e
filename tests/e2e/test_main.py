"""`main` exports every Cloud Function, and every name survives deployment."""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import firebase_admin
import pytest

import app
from app.kit import environment

QUEUE_OR_SERVICE_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
"""What Cloud Tasks takes as the id of a queue, which is the function's name."""


@pytest.fixture(scope="module")
def main() -> Iterator[ModuleType]:
    """`main` as deployment loads it: every function, outside the emulator."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FUNCTION_TARGET", "FUNCTIONS_EMULATOR", *environment.STAND_INS):
            patch.delenv(name, raising=False)
        sys.modules.pop("main", None)
        yield importlib.import_module("main")
    firebase_admin.delete_app(firebase_admin.get_app())


@pytest.fixture(scope="module")
def endpoints(main: ModuleType) -> dict[str, Any]:
    """What is declared for deployment, by the name that `main` exports it under."""
    found = {
        name: getattr(value, "__firebase_endpoint__", None) for name, value in vars(main).items()
    }
    return {name: endpoint for name, endpoint in found.items() if endpoint is not None}


def declared() -> Iterator[tuple[str, str]]:
    """Yield the module and the name of every Cloud Function in `app`."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if ".functions" in module.name:
            for name, value in vars(importlib.import_module(module.name)).items():
                if hasattr(value, "__firebase_endpoint__"):
                    yield module.name, name


def domain(module: str) -> str:
    """Return the domain that a module of functions is in."""
    return module.partition(".functions")[0].rpartition(".")[2]


def test_main_lists_every_function_where_it_is(main: ModuleType) -> None:
    assert sorted((module, name) for name, module in main.FUNCTIONS.items()) == sorted(declared())


def test_main_exports_what_it_lists(main: ModuleType, endpoints: dict[str, Any]) -> None:
    assert endpoints.keys() == main.FUNCTIONS.keys()


def test_the_deployed_name_is_the_exported_name(endpoints: dict[str, Any]) -> None:
    assert {name: endpoint.entryPoint for name, endpoint in endpoints.items()} == {
        name: name for name in endpoints
    }


def test_names_begin_with_the_domain_and_fit_cloud_run(
    main: ModuleType, endpoints: dict[str, Any]
) -> None:
    for name, module in main.FUNCTIONS.items():
        if endpoints[name].taskQueueTrigger is None:
            assert re.fullmatch(rf"{domain(module)}(_[a-z0-9]+)+", name)
        else:
            assert re.fullmatch(rf"{domain(module)}([A-Z][a-z0-9]*)+Task", name)
            assert QUEUE_OR_SERVICE_ID.fullmatch(name)
        assert len(name) <= 63


def test_names_stay_apart_where_cloud_run_writes_them_in_its_own_way(main: ModuleType) -> None:
    services = {name.lower().replace("_", "-") for name in main.FUNCTIONS}

    assert len(services) == len(main.FUNCTIONS)


def test_everything_runs_in_one_region(endpoints: dict[str, Any]) -> None:
    assert {tuple(endpoint.region) for endpoint in endpoints.values()} == {("us-central1",)}


def test_documents_that_a_trigger_failed_on_are_delivered_again(endpoints: dict[str, Any]) -> None:
    triggers = {name: e.eventTrigger for name, e in endpoints.items() if e.eventTrigger is not None}

    assert triggers
    assert {name for name, trigger in triggers.items() if trigger["retry"] is not True} == set()


def test_only_calls_and_public_requests_are_open_to_the_world(endpoints: dict[str, Any]) -> None:
    """Cloud Run admits to the rest only Google's own callers, with their service account."""
    for name, endpoint in endpoints.items():
        if endpoint.taskQueueTrigger is not None:
            # firebase-tools makes a queue's function private unless it is told otherwise.
            assert endpoint.taskQueueTrigger.get("invoker", ["private"]) == ["private"], name
        elif endpoint.httpsTrigger is not None:
            assert "invoker" not in endpoint.httpsTrigger, name
        else:
            others = (
                endpoint.callableTrigger,
                endpoint.eventTrigger,
                endpoint.scheduleTrigger,
                endpoint.blockingTrigger,
            )
            assert sum(other is not None for other in others) == 1, name


def test_what_serves_many_requests_at_once_has_a_whole_cpu(endpoints: dict[str, Any]) -> None:
    """Cloud Run refuses concurrency on less, which the default is: a share that goes by memory."""
    for name, endpoint in endpoints.items():
        assert endpoint.cpu == 1, name
        assert 1 < endpoint.concurrency <= 80, name
