"""The console's forms and words."""
