"""Uninterruptible power supplies, as a NUT server (upsd) tells of them."""
