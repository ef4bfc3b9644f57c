"""Rosters of candidates and the photos that came with them."""
