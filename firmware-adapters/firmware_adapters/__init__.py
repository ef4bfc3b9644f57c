"""Devices of an exam site. Knows nothing of exams and imports nothing else of ours."""
