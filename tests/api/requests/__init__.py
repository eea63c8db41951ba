"""Requests of every size and shape: how they are read, answered, limited and documented."""
