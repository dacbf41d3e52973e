"""Authenticated encryption over key bytes. Pure; only `platform/records` imports it."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class TamperedError(Exception):
    """A ciphertext is not what was written at this place under this key."""


def new_key() -> bytes:
    """Return a random 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def encrypt(key: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Return nonce, ciphertext and tag of AES-256-GCM (NIST SP 800-38D), with a random nonce."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated_data)


def decrypt(key: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    """Return what `encrypt` was given.

    Raises:
        TamperedError: a byte, the key or the associated data differs.
    """
    if len(ciphertext) < NONCE_BYTES + TAG_BYTES:
        raise TamperedError
    nonce, body = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, body, associated_data)
    except InvalidTag as error:
        raise TamperedError from error


def mac(key: bytes, purpose: str, data: bytes) -> bytes:
    """Return HMAC-SHA-256 of `data` under a key derived from `key` for `purpose` (RFC 5869)."""
    derived = HKDFExpand(SHA256(), KEY_BYTES, purpose.encode()).derive(key)
    return hmac.digest(derived, data, hashlib.sha256)
