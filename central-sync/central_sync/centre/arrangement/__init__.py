"""Arranging candidates to sites, sessions, rooms and seats; every change can be seen and undone."""
