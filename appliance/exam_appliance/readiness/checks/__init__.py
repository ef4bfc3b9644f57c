"""The checks, one a file: `ROWS` names rows of the standard, `check` measures and compares."""
