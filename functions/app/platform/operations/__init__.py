"""Operations: each writing call happens once under its idempotency key. Owns `operations`."""
