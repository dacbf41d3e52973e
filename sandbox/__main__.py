"""`python -m sandbox`: every stand-in in one process, until it or its parent is told to end."""

import ctypes
import os
import signal
import sys

ENDINGS = {signal.SIGTERM, signal.SIGINT}
PR_SET_PDEATHSIG = 1
"""The option of Linux's prctl(2) by which a process is sent a signal when its parent ends.

The parent is the thread that started the process, so that thread has to last.
"""


def main() -> None:
    """Run the sandbox."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return  # it ended before this asked to be told
    # Blocked before there are threads, so that only `sigwait` takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    from sandbox.run import run  # noqa: PLC0415  # slow, and the parent may end meanwhile

    run(ENDINGS)


if __name__ == "__main__":
    main()
