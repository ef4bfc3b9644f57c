"""Exam sites: what they are and what their servers are told of it."""
