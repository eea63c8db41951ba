"""What the worker does beside its activities, again and again: mail out of the outbox, webhooks, anchors of the ledger."""
