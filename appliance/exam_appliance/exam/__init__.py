"""Sessions, attempts, papers, time and grading: the rules of the exam."""
