"""The whole installation at a glance: money, reviews and settlement of all organizations together."""
