"""The API as a process, the people who use it, and those who attack it."""
