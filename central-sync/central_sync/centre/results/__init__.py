"""Result lists of sessions."""
