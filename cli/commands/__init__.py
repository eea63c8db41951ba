"""The commands by subject, each thin: read what was typed, call, render."""
