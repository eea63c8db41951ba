"""Benchmarks: measured, printed and kept in ``bench/results``; nothing is asserted about time."""
