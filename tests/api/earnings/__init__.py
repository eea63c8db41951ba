"""Earnings as they are read, downloaded and compared."""
