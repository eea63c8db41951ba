"""The pipeline as durable workflows: deterministic, small, and read like the programme's own page."""
