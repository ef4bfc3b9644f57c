"""The central issuing service."""
