"""What HTTP asks for: bodies, problem documents, idempotency keys, the middleware round every request."""
