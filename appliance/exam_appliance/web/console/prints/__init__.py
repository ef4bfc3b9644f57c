"""Printing at the console: what waits, what was printed, and documents of a session by room."""
