"""Devices of the site: which device has which role, what they do now, and whom that concerns."""
