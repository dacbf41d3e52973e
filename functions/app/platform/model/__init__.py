"""The one way to the model: crisis screen, redaction, gateway. Owns no collection."""
