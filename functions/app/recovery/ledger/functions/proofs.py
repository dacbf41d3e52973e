"""Proofs for donors that their gifts are in the public ledger."""

from app.kit.callables import Caller, callable_function
from app.kit.limits import WRITES
from app.platform.records.vault import Owner
from app.recovery.ledger import proving
from app.recovery.ledger.models.proofs import GiftProofs, ProveGift, ProvenEntry
from app.recovery.ledger.policy import intake
from app.recovery.ledger.store import proofs as store


@callable_function(limits=WRITES)
def ledger_proof(request: ProveGift, caller: Caller) -> GiftProofs:
    """Answer where the movements of one of the caller's gifts are in the public log, with proofs.

    A receipt names its gift. Two reads and a query; with a place in the ledger, a call to Storage;
    once that is public, one more for each tile that leads to it, and one commit. Errors:
    `not-found` for a gift that is not there or is another's.
    """
    gift = store.own_gift(request.donation_id, caller.uid)
    moved = store.movements_of(request.donation_id, gift)
    own = [movement for movement in moved if intake.gift_of(movement) == request.donation_id]
    return GiftProofs(
        items=tuple(
            ProvenEntry(
                kind=place.kind,
                state=place.state,
                index=place.index,
                entry=None if place.proof is None else place.entry.decode(),
                proof=None if place.proof is None else str(place.proof),
            )
            for place in proving.prove(caller.uid, own, by=Owner(caller.uid))
        )
    )
