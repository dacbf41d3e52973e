"""The donation catalogue: what a gift can pay for, and what it costs. Owns no collection."""
