"""Files that the centre takes in and hands out: pure functions from bytes to models and reports, and back."""
