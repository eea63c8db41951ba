"""What is sent to people, and what waits to be sent: an outbox, and digests."""
