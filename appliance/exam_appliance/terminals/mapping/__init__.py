"""Makers' own formats made ours by a file: JSON, XML or form fields in, their answers out."""
