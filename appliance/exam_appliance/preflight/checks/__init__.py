"""The checks before an exam day, one a file: `ID`, `NAME`, `check`."""
