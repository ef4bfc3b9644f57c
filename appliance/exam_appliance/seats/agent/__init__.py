"""The seat agent of a candidate machine: Python's standard library and the openssl program alone.

`packing.pack` makes one file of it for the kiosk image, which `python3 -I` runs.
"""
