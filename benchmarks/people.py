"""People who submit assessments again and again, which only a benchmark lets them."""

import os
import uuid
from collections.abc import Sequence
from typing import Any

from google.cloud.firestore import Client

from benchmarks.servers import PROJECT, Server
from tests.support.tokens import id_token

ISSUER = f"https://securetoken.google.com/{PROJECT}"
ANSWERS = {
    "professionalRole": "Engineering manager",
    "mainChallenges": ["leading_remote_teams", "time_management"],
    "skillPriorities": ["communication", "strategic_thinking"],
    "learningStyle": "hands_on_practice",
    "goalTimeframe": "3_months",
    "goalsText": "Lead two teams in two places without working on weekends. " * 8,
    "commitmentLevel": 4,
    "feedbackOpennessScore": 8,
    "satisfactionBaseline": 6,
    "additionalContext": "New to the role since the summer. " * 8,
}


class People:
    """A number of people whose keys `server` has, since each submitted once."""

    def __init__(self, number: int, server: Server) -> None:
        self._server = server
        self._firestore = Client(project=PROJECT)
        self._tokens = {f"person-{uuid.uuid4().hex}": "" for _ in range(number)}
        for uid in self._tokens:
            self._tokens[uid] = id_token(uid, aud=PROJECT, iss=ISSUER)
        self.uids = list(self._tokens)
        for uid in self.uids:
            self.submit(uid)
        self.forget(self.uids)

    def submit(self, uid: str) -> float:
        """Submit all ten answers and return how long it took, in seconds."""
        return self._server.call(submission(), self._tokens[uid])

    def forget(self, uids: Sequence[str]) -> None:
        """Let people submit at once, who would have to wait for 30 days."""
        states = self._firestore.collection("assessment_state")
        batch = self._firestore.batch()
        for uid in uids:
            batch.delete(states.document(uid))
        batch.commit()


def submission() -> dict[str, Any]:
    """Return a request of `assessments_submit`."""
    return ANSWERS | {"idempotencyKey": str(uuid.uuid4())}


def emulator() -> str:
    """Return the address of the Firestore emulator."""
    return os.environ["FIRESTORE_EMULATOR_HOST"]
