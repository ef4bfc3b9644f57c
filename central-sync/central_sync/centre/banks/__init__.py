"""Question banks: imported whole or not at all, kept by versions, handed out again."""
