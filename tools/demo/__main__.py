"""Walks both products over HTTP, as the web client and Stripe do, and shows what is stored.

Run it with `make demo`, which starts the emulators and the sandbox around it.
"""

import contextlib

from tools.demo.coaching import coaching
from tools.demo.giving import giving
from tools.demo.money import money
from tools.demo.show import title
from tools.demo.stored import stored
from tools.demo.trust import trust
from tools.demo.verifying import verifying


def main() -> None:
    """Run each part and print every step with its result and time."""
    person = coaching()
    giving(person)
    money(person)
    verifying(person)
    trust(person)
    stored()
    where_to_look()


def where_to_look() -> None:
    """Say how to go on."""
    title("Where to look")
    print("  make dev            keeps all of this running, with http://127.0.0.1:5000/ledger (the")
    print("                      ledger's explorer) and http://127.0.0.1:4600 (the sandbox)")
    print("  docs/functions.md   every function, what it takes, answers and refuses")
    print("  docs/data-model.md  every collection listed above")
    print("  make test           what all of this rests on")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
