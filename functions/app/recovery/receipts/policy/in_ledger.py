"""What a receipt says of its gift's place in the public ledger, and the proofs attached to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.recovery.ledger.models import Kind
from app.recovery.ledger.models.proofs import ProofState
from app.recovery.ledger.policy import notes
from app.recovery.ledger.policy.proofs import Proof, Proven
from app.recovery.receipts.models.sheets import File, Section

_HEADING = "In the public ledger"
_NAMES = {
    Kind.DONATION: "this gift",
    Kind.REFUND: "a refund of it",
    Kind.REVERSAL: "the return of a refund that failed",
    Kind.DISPUTE_OPEN: "a dispute about it",
    Kind.DISPUTE_WON: "the end of a dispute about it",
    Kind.DISPUTE_LOST: "the end of a dispute about it",
}
_INTRODUCTION = (
    "All gifts and all payments are in a public ledger, which nobody can change without its being"
    " seen."
)
_WHERE = " It is named {origin}, lies at {url}, and had {size} entries when this page was made."
_PROOF = (
    "Attached to this page is each of these entries (.json) with its proof (.tlog-proof). They show"
    " that the entry is in the ledger, and that it stands for your gift. To check them without"
    " trusting us, use verify_ledger.py, a short program in the documentation of the ledger, or"
    " other software that knows c2sp.org/tlog-proof. Without its proof nobody can tell that an"
    " entry is yours: pass this page on with care."
)
_LATER = (
    "{what} is not public there yet; most often that takes some minutes. Download this receipt"
    " again later: then the proof comes with it."
)
_UNKNOWN = (
    "It could not be read when this page was made. Download this receipt again later: then the"
    " proof that your gift is in it comes with it."
)


@dataclass(frozen=True)
class Told:
    """A section of the receipt, and the files that are attached to it."""

    section: Section | None = None
    files: tuple[File, ...] = ()


NOTHING = Told()
UNKNOWN = Told(Section(_HEADING, (_INTRODUCTION, _UNKNOWN)))
"""The ledger could not be read."""


def told(number: str, places: Sequence[Proven], url: str) -> Told:
    """Return what a receipt says of the ledger, with the proofs of what is public there.

    Args:
        number: of the receipt; names the files.
        places: where what the receipt tells of is in the ledger, as far as it is there.
        url: where the public ledger is.
    """
    public = [place for place in places if place.state is ProofState.PUBLISHED]
    proven = [(place, place.proof) for place in public if place.proof is not None]
    introduction, words = _INTRODUCTION, []
    if proven:
        _, last = proven[0]
        checkpoint = notes.read_checkpoint(notes.read(last.checkpoint.encode()).text)
        introduction += _WHERE.format(origin=checkpoint.origin, url=url, size=checkpoint.size)
    if public:
        words.append(" ".join(f"Entry {place.index} is {_NAMES[place.kind]}." for place in public))
    if proven:
        words.append(_PROOF)
    if Kind.DONATION not in {place.kind for place in public}:
        words.append(_LATER.format(what="This gift"))
    elif len(public) < len(places):
        words.append(_LATER.format(what="What happened to this gift since"))
    files = tuple(file for place, proof in proven for file in _files(number, place, proof))
    return Told(Section(_HEADING, (introduction, *words)), files)


def _files(number: str, place: Proven, proof: Proof) -> tuple[File, File]:
    name = f"{number}-entry-{proof.index}"
    what = f"entry {proof.index} of the public ledger, {_NAMES[place.kind]}"
    return (
        File(f"{name}.tlog-proof", "text/plain", f"Proof of {what}", str(proof)),
        File(f"{name}.json", "application/json", f"The {what}", place.entry.decode()),
    )
