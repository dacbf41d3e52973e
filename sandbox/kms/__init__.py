"""Cloud KMS: its real gRPC service with real cryptography, in memory."""
