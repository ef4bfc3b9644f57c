"""Backups (备份) of what a site server must not lose: made, verified by restoring, restored."""
