"""The platform's own side: its staff, its providers, and how it does."""
