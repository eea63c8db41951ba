"""Encryption: the ring of keys, fields and what Temporal keeps sealed under it, and a change of key."""
