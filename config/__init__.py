"""How an installation is set up: its settings, its way to Temporal, its logs, its private files."""
