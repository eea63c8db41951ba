"""The steps of the pipeline: one document each, its states and rules as data."""
