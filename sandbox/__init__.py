"""The outside world in a box: a process of its own that plays every external system, with failures on demand."""
