"""An organization itself: its members, files, keys, inbox, and what has happened."""
