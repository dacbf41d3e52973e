"""What a kind of mail is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.platform.mail.models import Locale

WORKER = "mailSendTask"
"""Sends what is words alone."""


@dataclass(frozen=True)
class Words:
    """Subject and text; `{link}` and parameters stand in braces."""

    subject: str
    text: str


@dataclass(frozen=True)
class Kind:
    """One kind of mail.

    Attributes:
        words: by language.
        useful_for: past this it is not sent any more.
        page: the path of the web client's page that takes the link's token; "" without a link.
        parameters: what its text names.
        worker: the task queue that sends it. One of a product's own also makes what is attached.
    """

    words: Mapping[Locale, Words]
    useful_for: timedelta
    page: str = ""
    parameters: frozenset[str] = frozenset()
    worker: str = WORKER

    @property
    def attaches(self) -> bool:
        """Whether a file goes with it."""
        return self.worker != WORKER
