"""An uploaded invoice: what was read from its PDF, compared with what was typed about it."""
