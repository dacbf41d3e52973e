"""The `operations` document."""

from app.kit.model import Document, Instant


class StoredOperation(Document):
    """`operations/{id}`: a call that was carried out, with its sealed answer."""

    uid: str
    function: str
    body_mac: bytes
    sealed: dict[str, bytes]
    expires_at: Instant
