"""A device's own process: how it is forked, what it runs, and how it talks with the manager."""
