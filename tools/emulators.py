"""Runs the Firebase emulators and the sandbox, and leaves nothing behind.

    python -m tools.emulators exec [--only auth,firestore] -- COMMAND ...
    python -m tools.emulators up [--import DIR]

`exec` takes free ports, so that it runs beside anything else, and passes on the command's exit
code; `up` takes the ports of firebase.json and stays until Ctrl-C. Logs are kept under `.run/`.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tools.processes import ENDING_SIGNALS, Family
from tools.suite import EMULATORS, StartError, running

_GRACE_SECONDS = 10.0  # for an interrupted command to say where it stood


class Interrupted(BaseException):
    """A signal asks the program to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def _execute(family: Family, command: Sequence[str], environment: dict[str, str]) -> int:
    """Runs the command, hands a signal on to it, and returns its exit code as a shell does."""
    path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    process = family.start(command, {**environment, "PATH": path})
    try:
        code = process.wait()
    except Interrupted as interruption:
        process.send_signal(interruption.signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        raise
    return code if code >= 0 else 128 - code


def _stay(environment: dict[str, str]) -> int:
    for name, value in sorted(environment.items() - os.environ.items()):
        print(f"export {name}={value}")
    print("Ready. Ctrl-C ends everything.", flush=True)
    with contextlib.suppress(Interrupted):
        while True:
            signal.pause()
    return 0


def _interrupt(signum: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(signum)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(EMULATORS):
        raise argparse.ArgumentTypeError(f"unknown: {unknown}; choose from {EMULATORS}")
    if "functions" not in names and (alone := {"eventarc", "hosting", "tasks"} & set(names)):
        raise argparse.ArgumentTypeError(f"{alone} run only beside functions")
    return names


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--only", type=_names, default=EMULATORS, metavar="NAME,...")
    options.add_argument("--keys", type=Path, metavar="FILE", help="development keys of the KMS")
    options.add_argument("--import", dest="import_from", type=Path, metavar="DIR")
    options.add_argument("--export-on-exit", dest="export_to", type=Path, metavar="DIR")
    parser = argparse.ArgumentParser(prog="python -m tools.emulators")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("up", parents=[options], help="stay until Ctrl-C, on fixed ports")
    execute = actions.add_parser("exec", parents=[options], help="run a command, on free ports")
    execute.add_argument("command", nargs="+", metavar="COMMAND")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program and returns its exit code."""
    arguments = _arguments(argv)
    for signum in ENDING_SIGNALS:
        signal.signal(signum, _interrupt)
    try:
        with running(
            arguments.only,
            fixed_ports=arguments.action == "up",
            keys=arguments.keys,
            import_from=arguments.import_from,
            export_to=arguments.export_to,
        ) as (environment, family):
            if arguments.action == "up":
                if arguments.import_from:
                    _execute(family, [sys.executable, "-m", "tools.seed", "restore"], environment)
                return _stay(environment)
            return _execute(family, arguments.command, environment)
    except StartError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except Interrupted as interruption:
        return 128 + interruption.signum


if __name__ == "__main__":
    sys.exit(main())
