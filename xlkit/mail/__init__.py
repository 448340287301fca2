"""Messages: the outbox, sending by SMTP, what a message says, and what came in."""
