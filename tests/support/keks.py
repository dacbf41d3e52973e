"""What operators do to the key-encryption key, with Google's own client."""

import os

import grpc
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service.transports import (
    KeyManagementServiceGrpcTransport,
)

from sandbox.kms.server import KEY_ENCRYPTION_KEY


def new_primary(number: int) -> None:
    """Add the version of that number, which is the next one, and make it the one that wraps."""
    with _client() as client:
        made = client.create_crypto_key_version(
            request={"parent": KEY_ENCRYPTION_KEY, "crypto_key_version": {}}
        )
        assert made.name == f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/{number}"
        client.update_crypto_key_primary_version(
            request={"name": KEY_ENCRYPTION_KEY, "crypto_key_version_id": str(number)}
        )


def destroy(number: int) -> None:
    """Destroy the version of that number."""
    with _client() as client:
        client.destroy_crypto_key_version(
            request={"name": f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/{number}"}
        )


def _client() -> KeyManagementServiceClient:
    channel = grpc.insecure_channel(os.environ["KMS_EMULATOR_HOST"])
    return KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))
