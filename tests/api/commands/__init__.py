"""Commands: once, in turn, and again after anything was killed."""
