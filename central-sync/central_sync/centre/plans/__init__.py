"""Blueprints and exam plans: what is sat, by which rules, and when."""
