"""What receipts and statements say: `receipts`, `statements`, `wording`, `sheets`. Pure."""
