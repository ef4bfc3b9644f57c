"""Exam sessions and the admission tickets in them."""
