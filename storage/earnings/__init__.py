"""Earnings as they were reported: taken in, quarantined where they contradict, summed, and compared with own records."""
