"""The only code that reads or writes `key_rotations`."""

from datetime import datetime

from app.kit import ids
from app.kit.firestore import Collection
from app.platform.keys.models import Rotation

rotations = Collection("key_rotations", Rotation)


def rotation_id(uid: str) -> str:
    """Return the id of the rotation of a person's key, which tells nothing of the person."""
    return ids.digest("key-rotation/v1", uid)


def due(at: datetime, limit: int) -> list[str]:
    """Return the ids of the rotations that are to go on by then. One query."""
    return [seen.id for seen in rotations.find(before={"nextAt": at}, limit=limit)]


def note(rotation_id: str, asked_at: datetime, **changed: object) -> Rotation:
    """Set fields of a rotation and return it. One read and one commit.

    What is settled once stays, and so does a rotation that was asked for later.
    """
    once = {"to_version", "added_at", "finished_at"}

    def change(rotation: Rotation) -> Rotation:
        if rotation.asked_at != asked_at:
            return rotation
        fresh = {
            name: value
            for name, value in changed.items()
            if name not in once or getattr(rotation, name) is None
        }
        return rotation.model_copy(update=fresh)

    return rotations.update(rotation_id, change)
