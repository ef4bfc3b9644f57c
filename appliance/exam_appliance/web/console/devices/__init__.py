"""Devices at the console: routes and pages of the list, the roles, the history and the dock."""
