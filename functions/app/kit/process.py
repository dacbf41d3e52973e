"""The life of the process that serves a function."""

import ctypes
import signal
import sys

from app.kit import environment

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """End this process when its parent ends, in the emulator on Linux.

    The emulator leaves its Python workers behind when it stops (firebase-tools issue 11069).
    """
    if environment.emulated() and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
