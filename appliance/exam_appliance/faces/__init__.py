"""Faces (人像): detection, quality and comparison as a process of its own, or a third party's service."""
