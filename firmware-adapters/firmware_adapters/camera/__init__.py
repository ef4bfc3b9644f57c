"""Cameras on V4L2: stills at full size, a live picture, codes read from it, a watch over frames that stop."""
