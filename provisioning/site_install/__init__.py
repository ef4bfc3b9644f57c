"""The installer: a server that was started from the stick writes the system it runs to a disk of its own."""
