"""The thin API: authenticate, validate, hand to Temporal, read from the database."""
