"""Supported devices as data: one YAML file a kind, loading, matching, lint, and what is made from them."""
