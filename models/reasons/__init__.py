"""Codes that stand for reasons: why payments fail, and what people give for their decisions."""
