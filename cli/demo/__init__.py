"""The demo: a fresh stack, and four organizations on their way from business verification to money in the bank."""
