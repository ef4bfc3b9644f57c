"""Exam packages: what goes into one, building it, and giving its key out."""
