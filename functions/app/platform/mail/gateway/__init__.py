"""What mail needs from outside: `smtp` to hand mails over, `people` to know where they go."""
